public import JSON

/// A volume as list and inspect show it.
public struct Volume: Codable, Sendable, Hashable {
  public var createdAt: String?
  public var driver: String
  public var labels: [String: String]?
  public var mountpoint: String
  public var name: String
  public var options: [String: String]?
  public var scope: String
  public var status: [String: JSONValue]?
  public var usageData: VolumeUsage?

  public init(
    createdAt: String? = nil, driver: String = "", labels: [String: String]? = nil, mountpoint: String = "",
    name: String = "", options: [String: String]? = nil, scope: String = "local", status: [String: JSONValue]? = nil,
    usageData: VolumeUsage? = nil
  ) {
    self.createdAt = createdAt
    self.driver = driver
    self.labels = labels
    self.mountpoint = mountpoint
    self.name = name
    self.options = options
    self.scope = scope
    self.status = status
    self.usageData = usageData
  }

  enum CodingKeys: String, DockerKey {
    case createdAt = "CreatedAt"
    case driver = "Driver"
    case labels = "Labels"
    case mountpoint = "Mountpoint"
    case name = "Name"
    case options = "Options"
    case scope = "Scope"
    case status = "Status"
    case usageData = "UsageData"

    static let omittedWhenNil: Set<CodingKeys> = [.createdAt, .status, .usageData]
  }
}

/// How much a volume holds and how many containers use it; −1 is unknown.
public struct VolumeUsage: Codable, Sendable, Hashable {
  public var size: Int64
  public var refCount: Int64

  public init(size: Int64 = -1, refCount: Int64 = -1) {
    self.size = size
    self.refCount = refCount
  }

  enum CodingKeys: String, CodingKey {
    case size = "Size"
    case refCount = "RefCount"
  }
}
