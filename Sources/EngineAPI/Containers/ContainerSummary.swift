/// One line of `GET /containers/json`.
public struct ContainerSummary: Codable, Sendable, Hashable {
  public var id: String
  public var names: [String]
  public var image: String
  public var imageID: String
  public var imageManifestDescriptor: Descriptor?
  public var command: String
  /// Seconds since 1970.
  public var created: Int64
  public var ports: [PortSummary]
  public var sizeRw: Int64?
  public var sizeRootFs: Int64?
  public var labels: [String: String]
  public var state: String
  /// Such as `Up 3 minutes`.
  public var status: String
  public var hostConfig: HostSummary
  public var networkSettings: NetworkSummary
  public var mounts: [MountPoint]

  public init(
    id: String = "", names: [String] = [], image: String = "", imageID: String = "",
    imageManifestDescriptor: Descriptor? = nil, command: String = "", created: Int64 = 0, ports: [PortSummary] = [],
    sizeRw: Int64? = nil, sizeRootFs: Int64? = nil, labels: [String: String] = [:], state: String = "",
    status: String = "", hostConfig: HostSummary = HostSummary(), networkSettings: NetworkSummary = NetworkSummary(),
    mounts: [MountPoint] = []
  ) {
    self.id = id
    self.names = names
    self.image = image
    self.imageID = imageID
    self.imageManifestDescriptor = imageManifestDescriptor
    self.command = command
    self.created = created
    self.ports = ports
    self.sizeRw = sizeRw
    self.sizeRootFs = sizeRootFs
    self.labels = labels
    self.state = state
    self.status = status
    self.hostConfig = hostConfig
    self.networkSettings = networkSettings
    self.mounts = mounts
  }

  enum CodingKeys: String, CodingKey {
    case id = "Id"
    case names = "Names"
    case image = "Image"
    case imageID = "ImageID"
    case imageManifestDescriptor = "ImageManifestDescriptor"
    case command = "Command"
    case created = "Created"
    case ports = "Ports"
    case sizeRw = "SizeRw"
    case sizeRootFs = "SizeRootFs"
    case labels = "Labels"
    case state = "State"
    case status = "Status"
    case hostConfig = "HostConfig"
    case networkSettings = "NetworkSettings"
    case mounts = "Mounts"
  }
}

/// The part of a host configuration that a listing shows.
public struct HostSummary: Codable, Sendable, Hashable, ZeroValue {
  public var networkMode: String?
  public var annotations: [String: String]?

  public init(networkMode: String? = nil, annotations: [String: String]? = nil) {
    self.networkMode = networkMode
    self.annotations = annotations
  }

  public init() { self.init(networkMode: nil) }

  enum CodingKeys: String, CodingKey {
    case networkMode = "NetworkMode"
    case annotations = "Annotations"
  }
}

/// The networks of a container in a listing.
public struct NetworkSummary: Codable, Sendable, Hashable, ZeroValue {
  public var networks: [String: EndpointSettings]

  public init(networks: [String: EndpointSettings] = [:]) {
    self.networks = networks
  }

  public init() { self.init(networks: [:]) }

  enum CodingKeys: String, CodingKey {
    case networks = "Networks"
  }
}

/// A port of a container in a listing.
public struct PortSummary: Codable, Sendable, Hashable {
  public var ip: String?
  public var privatePort: UInt16
  public var publicPort: UInt16?
  public var type: String

  public init(ip: String? = nil, privatePort: UInt16 = 0, publicPort: UInt16? = nil, type: String = "") {
    self.ip = ip
    self.privatePort = privatePort
    self.publicPort = publicPort
    self.type = type
  }

  enum CodingKeys: String, CodingKey {
    case ip = "IP"
    case privatePort = "PrivatePort"
    case publicPort = "PublicPort"
    case type = "Type"
  }
}
