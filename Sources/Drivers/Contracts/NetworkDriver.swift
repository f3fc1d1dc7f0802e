public import JSON
public import Plans

/// Makes networks and puts containers into them. Pure: what it returns is a plan, which the engine applies.
public protocol NetworkDriver: Sendable {
  /// The plan of the network itself (key `network:ID`).
  func create(_ network: NetworkRequest) async throws -> Plan
  /// The plan of one container's endpoint (key `endpoint:ID`), with its published ports.
  ///
  /// The result may say `dns { servers = { … } }`, and `interface` where the driver chose another name than the one asked for.
  func attach(_ endpoint: EndpointRequest) async throws -> Plan
}

/// A network as a driver sees it: `network.options.mtu`, `network.subnets[1].gateway`.
public struct NetworkRequest: Codable, Sendable, Hashable {
  /// 64 hexadecimal digits.
  public var id: String
  public var name: String
  /// No way out of the network.
  public var isInternal: Bool
  public var ipv6: Bool
  public var labels: [String: String]
  /// The driver's options; Docker's long names are already the short ones (`DockerNetworkOptions`).
  public var options: JSONObject
  /// At least one, unless the driver's networks have no addresses of their own.
  public var subnets: [Subnet]
  /// The result of the applied `create` plan; null while it is being created.
  public var result: JSONValue
  public var facts: Facts

  public struct Subnet: Codable, Sendable, Hashable {
    /// CIDR.
    public var subnet: String
    /// The addresses that containers get, CIDR; the whole subnet when absent.
    public var range: String?
    /// The host's address in the subnet.
    public var gateway: String?

    public init(subnet: String, range: String? = nil, gateway: String? = nil) {
      self.subnet = subnet
      self.range = range
      self.gateway = gateway
    }
  }

  enum CodingKeys: String, CodingKey {
    case id, name, ipv6, labels, options, subnets, result, facts
    case isInternal = "internal"
  }

  public init(
    id: String, name: String, isInternal: Bool = false, ipv6: Bool = false, labels: [String: String] = [:],
    options: JSONObject = [:], subnets: [Subnet] = [], result: JSONValue = .null, facts: Facts
  ) {
    self.id = id
    self.name = name
    self.isInternal = isInternal
    self.ipv6 = ipv6
    self.labels = labels
    self.options = options
    self.subnets = subnets
    self.result = result
    self.facts = facts
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    name = try values.decode(String.self, forKey: .name)
    isInternal = try values.decodeIfPresent(Bool.self, forKey: .isInternal) ?? false
    ipv6 = try values.decodeIfPresent(Bool.self, forKey: .ipv6) ?? false
    labels = try values.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
    options = try values.decodeIfPresent(JSONValue.self, forKey: .options)?.objectValue ?? [:]
    subnets = try values.decodeIfPresent([Subnet].self, forKey: .subnets) ?? []
    result = try values.decodeIfPresent(JSONValue.self, forKey: .result) ?? .null
    facts = try values.decode(Facts.self, forKey: .facts)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(id, forKey: .id)
    try values.encode(name, forKey: .name)
    try values.encode(isInternal, forKey: .isInternal)
    try values.encode(ipv6, forKey: .ipv6)
    try values.encode(labels, forKey: .labels)
    try values.encode(JSONValue.object(options), forKey: .options)
    try values.encode(subnets, forKey: .subnets)
    try values.encode(result, forKey: .result)
    try values.encode(facts, forKey: .facts)
  }
}

/// One container in one network: `endpoint.interface`, `endpoint.address`, `endpoint.network.options`.
public struct EndpointRequest: Codable, Sendable, Hashable {
  /// 64 hexadecimal digits.
  public var id: String
  /// The interface's name in the container: "eth0".
  public var interface: String
  /// With the subnet's prefix length: "10.12.0.7/24"; nil where the network has no addresses.
  public var address: String?
  public var gateway: String?
  public var mac: String?
  /// Whether the container's default route goes through this network; one of its networks has it.
  public var defaultRoute: Bool
  public var ports: [PublishedPort]
  public var network: NetworkRequest
  public var container: ContainerSummary

  /// `-p 127.0.0.1:8080-8090:80/tcp`.
  public struct PublishedPort: Codable, Sendable, Hashable {
    public var containerPort: Int
    /// "tcp", "udp" or "sctp".
    public var transport: String
    /// An address of the host, "0.0.0.0" for all of them; empty when the user named none, which is the driver's choice.
    public var hostAddress: String
    /// 0 for a free one.
    public var hostPort: Int
    /// The end of a range of which the first free one is taken.
    public var hostPortLast: Int?

    enum CodingKeys: String, CodingKey {
      case transport = "protocol"
      case containerPort = "container_port"
      case hostAddress = "host_address"
      case hostPort = "host_port"
      case hostPortLast = "host_port_last"
    }

    public init(
      containerPort: Int, transport: String = "tcp", hostAddress: String = "", hostPort: Int = 0,
      hostPortLast: Int? = nil
    ) {
      self.containerPort = containerPort
      self.transport = transport
      self.hostAddress = hostAddress
      self.hostPort = hostPort
      self.hostPortLast = hostPortLast
    }
  }

  enum CodingKeys: String, CodingKey {
    case id, interface, address, gateway, mac, ports, network, container
    case defaultRoute = "default_route"
  }

  public init(
    id: String, interface: String, address: String?, gateway: String?, mac: String?, defaultRoute: Bool = true,
    ports: [PublishedPort] = [], network: NetworkRequest, container: ContainerSummary
  ) {
    self.id = id
    self.interface = interface
    self.address = address
    self.gateway = gateway
    self.mac = mac
    self.defaultRoute = defaultRoute
    self.ports = ports
    self.network = network
    self.container = container
  }
}
