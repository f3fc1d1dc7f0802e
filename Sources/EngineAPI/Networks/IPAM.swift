/// How a network gives addresses.
public struct IPAM: Codable, Sendable, Hashable, ZeroValue {
  public var driver: String
  public var options: [String: String]?
  public var config: [IPAMConfig]?

  public init(driver: String = "default", options: [String: String]? = nil, config: [IPAMConfig]? = nil) {
    self.driver = driver
    self.options = options
    self.config = config
  }

  public init() { self.init(driver: "default") }

  enum CodingKeys: String, DockerKey {
    case driver = "Driver"
    case options = "Options"
    case config = "Config"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}

/// One address pool of a network.
public struct IPAMConfig: Codable, Sendable, Hashable {
  public var subnet: String?
  public var ipRange: String?
  public var gateway: String?
  public var auxiliaryAddresses: [String: String]?

  public init(
    subnet: String? = nil, ipRange: String? = nil, gateway: String? = nil,
    auxiliaryAddresses: [String: String]? = nil
  ) {
    self.subnet = subnet
    self.ipRange = ipRange
    self.gateway = gateway
    self.auxiliaryAddresses = auxiliaryAddresses
  }

  enum CodingKeys: String, CodingKey {
    case subnet = "Subnet"
    case ipRange = "IPRange"
    case gateway = "Gateway"
    case auxiliaryAddresses = "AuxiliaryAddresses"
  }
}
