/// A container's place in a network: what was asked (aliases, addresses) and what it got.
public struct EndpointSettings: Codable, Sendable, Hashable, ZeroValue {
  public var ipamConfig: EndpointIPAMConfig?
  public var links: [String]?
  public var aliases: [String]?
  public var macAddress: String
  public var driverOpts: [String: String]?
  public var gwPriority: Int
  public var networkID: String
  public var endpointID: String
  public var gateway: String
  public var ipAddress: String
  public var ipPrefixLen: Int
  public var ipv6Gateway: String
  public var globalIPv6Address: String
  public var globalIPv6PrefixLen: Int
  public var dnsNames: [String]?

  public init(
    ipamConfig: EndpointIPAMConfig? = nil, links: [String]? = nil, aliases: [String]? = nil, macAddress: String = "",
    driverOpts: [String: String]? = nil, gwPriority: Int = 0, networkID: String = "", endpointID: String = "",
    gateway: String = "", ipAddress: String = "", ipPrefixLen: Int = 0, ipv6Gateway: String = "",
    globalIPv6Address: String = "", globalIPv6PrefixLen: Int = 0, dnsNames: [String]? = nil
  ) {
    self.ipamConfig = ipamConfig
    self.links = links
    self.aliases = aliases
    self.macAddress = macAddress
    self.driverOpts = driverOpts
    self.gwPriority = gwPriority
    self.networkID = networkID
    self.endpointID = endpointID
    self.gateway = gateway
    self.ipAddress = ipAddress
    self.ipPrefixLen = ipPrefixLen
    self.ipv6Gateway = ipv6Gateway
    self.globalIPv6Address = globalIPv6Address
    self.globalIPv6PrefixLen = globalIPv6PrefixLen
    self.dnsNames = dnsNames
  }

  public init() { self.init(ipamConfig: nil) }

  enum CodingKeys: String, DockerKey {
    case ipamConfig = "IPAMConfig"
    case links = "Links"
    case aliases = "Aliases"
    case macAddress = "MacAddress"
    case driverOpts = "DriverOpts"
    case gwPriority = "GwPriority"
    case networkID = "NetworkID"
    case endpointID = "EndpointID"
    case gateway = "Gateway"
    case ipAddress = "IPAddress"
    case ipPrefixLen = "IPPrefixLen"
    case ipv6Gateway = "IPv6Gateway"
    case globalIPv6Address = "GlobalIPv6Address"
    case globalIPv6PrefixLen = "GlobalIPv6PrefixLen"
    case dnsNames = "DNSNames"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}

/// The addresses that a user wants for an endpoint.
public struct EndpointIPAMConfig: Codable, Sendable, Hashable {
  public var ipv4Address: String?
  public var ipv6Address: String?
  public var linkLocalIPs: [String]?

  public init(ipv4Address: String? = nil, ipv6Address: String? = nil, linkLocalIPs: [String]? = nil) {
    self.ipv4Address = ipv4Address
    self.ipv6Address = ipv6Address
    self.linkLocalIPs = linkLocalIPs
  }

  enum CodingKeys: String, CodingKey {
    case ipv4Address = "IPv4Address"
    case ipv6Address = "IPv6Address"
    case linkLocalIPs = "LinkLocalIPs"
  }
}

/// The networks that a container is created with, by name or id.
public struct NetworkingConfig: Codable, Sendable, Hashable, ZeroValue {
  public var endpointsConfig: [String: EndpointSettings]?

  public init(endpointsConfig: [String: EndpointSettings]? = nil) {
    self.endpointsConfig = endpointsConfig
  }

  public init() { self.init(endpointsConfig: nil) }

  enum CodingKeys: String, DockerKey {
    case endpointsConfig = "EndpointsConfig"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}
