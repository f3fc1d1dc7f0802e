/// A block device and its share, 10 to 1000.
public struct WeightDevice: Codable, Sendable, Hashable {
  public var path: String
  public var weight: Int

  public init(path: String = "", weight: Int = 0) {
    self.path = path
    self.weight = weight
  }

  enum CodingKeys: String, CodingKey {
    case path = "Path"
    case weight = "Weight"
  }
}

/// A block device and its limit, in bytes or operations a second.
public struct ThrottleDevice: Codable, Sendable, Hashable {
  public var path: String
  public var rate: UInt64

  public init(path: String = "", rate: UInt64 = 0) {
    self.path = path
    self.rate = rate
  }

  enum CodingKeys: String, CodingKey {
    case path = "Path"
    case rate = "Rate"
  }
}

/// A host's device node made visible in a container.
public struct DeviceMapping: Codable, Sendable, Hashable {
  public var pathOnHost: String
  public var pathInContainer: String
  /// Any of `r`, `w`, `m`.
  public var cgroupPermissions: String

  public init(pathOnHost: String = "", pathInContainer: String = "", cgroupPermissions: String = "") {
    self.pathOnHost = pathOnHost
    self.pathInContainer = pathInContainer
    self.cgroupPermissions = cgroupPermissions
  }

  enum CodingKeys: String, CodingKey {
    case pathOnHost = "PathOnHost"
    case pathInContainer = "PathInContainer"
    case cgroupPermissions = "CgroupPermissions"
  }
}

/// Devices asked for by capability rather than by path (GPUs, CDI names).
public struct DeviceRequest: Codable, Sendable, Hashable {
  public var driver: String
  /// −1 is all.
  public var count: Int
  public var deviceIDs: [String]?
  /// A list of alternatives, each a list that must all hold.
  public var capabilities: [[String]]?
  public var options: [String: String]?

  public init(
    driver: String = "", count: Int = 0, deviceIDs: [String]? = nil, capabilities: [[String]]? = nil,
    options: [String: String]? = nil
  ) {
    self.driver = driver
    self.count = count
    self.deviceIDs = deviceIDs
    self.capabilities = capabilities
    self.options = options
  }

  enum CodingKeys: String, CodingKey {
    case driver = "Driver"
    case count = "Count"
    case deviceIDs = "DeviceIDs"
    case capabilities = "Capabilities"
    case options = "Options"
  }
}

/// A resource limit of `setrlimit(2)`; −1 is unlimited.
public struct Ulimit: Codable, Sendable, Hashable {
  public var name: String
  public var hard: Int64
  public var soft: Int64

  public init(name: String = "", hard: Int64 = 0, soft: Int64 = 0) {
    self.name = name
    self.hard = hard
    self.soft = soft
  }

  enum CodingKeys: String, CodingKey {
    case name = "Name"
    case hard = "Hard"
    case soft = "Soft"
  }
}

/// Which log driver a container's output goes to.
public struct LogConfig: Codable, Sendable, Hashable {
  public var type: String
  public var config: [String: String]?

  public init(type: String = "", config: [String: String]? = nil) {
    self.type = type
    self.config = config
  }

  enum CodingKeys: String, DockerKey {
    case type = "Type"
    case config = "Config"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}

/// When a container that ended is started again.
public struct RestartPolicy: Codable, Sendable, Hashable {
  /// empty or `no`, `always`, `unless-stopped`, `on-failure`.
  public var name: String
  public var maximumRetryCount: Int

  public init(name: String = "", maximumRetryCount: Int = 0) {
    self.name = name
    self.maximumRetryCount = maximumRetryCount
  }

  enum CodingKeys: String, CodingKey {
    case name = "Name"
    case maximumRetryCount = "MaximumRetryCount"
  }
}
