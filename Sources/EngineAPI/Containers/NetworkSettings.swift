/// The network of a container as inspect shows it; the address fields outside `Networks` are those of the default
/// bridge and kept for old clients.
public struct NetworkSettings: Codable, Sendable, Hashable, ZeroValue {
  public var bridge: String
  public var sandboxID: String
  public var sandboxKey: String
  public var ports: PortMap
  public var hairpinMode: Bool
  public var linkLocalIPv6Address: String
  public var linkLocalIPv6PrefixLen: Int
  public var secondaryIPAddresses: [SecondaryAddress]?
  public var secondaryIPv6Addresses: [SecondaryAddress]?
  public var endpointID: String
  public var gateway: String
  public var globalIPv6Address: String
  public var globalIPv6PrefixLen: Int
  public var ipAddress: String
  public var ipPrefixLen: Int
  public var ipv6Gateway: String
  public var macAddress: String
  public var networks: [String: EndpointSettings]

  public init(
    bridge: String = "", sandboxID: String = "", sandboxKey: String = "", ports: PortMap = PortMap(),
    hairpinMode: Bool = false, linkLocalIPv6Address: String = "", linkLocalIPv6PrefixLen: Int = 0,
    secondaryIPAddresses: [SecondaryAddress]? = nil, secondaryIPv6Addresses: [SecondaryAddress]? = nil,
    endpointID: String = "", gateway: String = "", globalIPv6Address: String = "", globalIPv6PrefixLen: Int = 0,
    ipAddress: String = "", ipPrefixLen: Int = 0, ipv6Gateway: String = "", macAddress: String = "",
    networks: [String: EndpointSettings] = [:]
  ) {
    self.bridge = bridge
    self.sandboxID = sandboxID
    self.sandboxKey = sandboxKey
    self.ports = ports
    self.hairpinMode = hairpinMode
    self.linkLocalIPv6Address = linkLocalIPv6Address
    self.linkLocalIPv6PrefixLen = linkLocalIPv6PrefixLen
    self.secondaryIPAddresses = secondaryIPAddresses
    self.secondaryIPv6Addresses = secondaryIPv6Addresses
    self.endpointID = endpointID
    self.gateway = gateway
    self.globalIPv6Address = globalIPv6Address
    self.globalIPv6PrefixLen = globalIPv6PrefixLen
    self.ipAddress = ipAddress
    self.ipPrefixLen = ipPrefixLen
    self.ipv6Gateway = ipv6Gateway
    self.macAddress = macAddress
    self.networks = networks
  }

  public init() { self.init(bridge: "") }

  enum CodingKeys: String, DockerKey {
    case bridge = "Bridge"
    case sandboxID = "SandboxID"
    case sandboxKey = "SandboxKey"
    case ports = "Ports"
    case hairpinMode = "HairpinMode"
    case linkLocalIPv6Address = "LinkLocalIPv6Address"
    case linkLocalIPv6PrefixLen = "LinkLocalIPv6PrefixLen"
    case secondaryIPAddresses = "SecondaryIPAddresses"
    case secondaryIPv6Addresses = "SecondaryIPv6Addresses"
    case endpointID = "EndpointID"
    case gateway = "Gateway"
    case globalIPv6Address = "GlobalIPv6Address"
    case globalIPv6PrefixLen = "GlobalIPv6PrefixLen"
    case ipAddress = "IPAddress"
    case ipPrefixLen = "IPPrefixLen"
    case ipv6Gateway = "IPv6Gateway"
    case macAddress = "MacAddress"
    case networks = "Networks"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}

/// A further address of an interface.
public struct SecondaryAddress: Codable, Sendable, Hashable {
  public var addr: String
  public var prefixLen: Int

  public init(addr: String = "", prefixLen: Int = 0) {
    self.addr = addr
    self.prefixLen = prefixLen
  }

  enum CodingKeys: String, CodingKey {
    case addr = "Addr"
    case prefixLen = "PrefixLen"
  }
}
