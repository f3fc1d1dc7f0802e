/// A network as list and inspect show it.
public struct Network: Codable, Sendable, Hashable {
  public var name: String
  public var id: String
  public var created: String
  public var scope: String
  public var driver: String
  public var enableIPv4: Bool
  public var enableIPv6: Bool
  public var ipam: IPAM
  public var `internal`: Bool
  public var attachable: Bool
  public var ingress: Bool
  public var configFrom: ConfigReference
  public var configOnly: Bool
  /// Running endpoints by container id; empty in a listing.
  public var containers: [String: NetworkContainer]
  public var options: [String: String]
  public var labels: [String: String]

  public init(
    name: String = "", id: String = "", created: String = "", scope: String = "local", driver: String = "",
    enableIPv4: Bool = false, enableIPv6: Bool = false, ipam: IPAM = IPAM(), `internal`: Bool = false,
    attachable: Bool = false, ingress: Bool = false, configFrom: ConfigReference = ConfigReference(),
    configOnly: Bool = false, containers: [String: NetworkContainer] = [:], options: [String: String] = [:],
    labels: [String: String] = [:]
  ) {
    self.name = name
    self.id = id
    self.created = created
    self.scope = scope
    self.driver = driver
    self.enableIPv4 = enableIPv4
    self.enableIPv6 = enableIPv6
    self.ipam = ipam
    self.internal = `internal`
    self.attachable = attachable
    self.ingress = ingress
    self.configFrom = configFrom
    self.configOnly = configOnly
    self.containers = containers
    self.options = options
    self.labels = labels
  }

  enum CodingKeys: String, CodingKey {
    case name = "Name"
    case id = "Id"
    case created = "Created"
    case scope = "Scope"
    case driver = "Driver"
    case enableIPv4 = "EnableIPv4"
    case enableIPv6 = "EnableIPv6"
    case ipam = "IPAM"
    case `internal` = "Internal"
    case attachable = "Attachable"
    case ingress = "Ingress"
    case configFrom = "ConfigFrom"
    case configOnly = "ConfigOnly"
    case containers = "Containers"
    case options = "Options"
    case labels = "Labels"
  }
}

/// A container's endpoint in a network.
public struct NetworkContainer: Codable, Sendable, Hashable, ZeroValue {
  public var name: String
  public var endpointID: String
  public var macAddress: String
  /// With prefix length: `172.18.0.2/16`.
  public var ipv4Address: String
  public var ipv6Address: String

  public init(
    name: String = "", endpointID: String = "", macAddress: String = "", ipv4Address: String = "",
    ipv6Address: String = ""
  ) {
    self.name = name
    self.endpointID = endpointID
    self.macAddress = macAddress
    self.ipv4Address = ipv4Address
    self.ipv6Address = ipv6Address
  }

  public init() { self.init(name: "") }

  enum CodingKeys: String, CodingKey {
    case name = "Name"
    case endpointID = "EndpointID"
    case macAddress = "MacAddress"
    case ipv4Address = "IPv4Address"
    case ipv6Address = "IPv6Address"
  }
}
