/// A network to be made: `POST /networks/create`.
public struct NetworkCreateRequest: Codable, Sendable, Hashable {
  public var name: String
  /// Accepted and ignored since API 1.44: names are always unique.
  public var checkDuplicate: Bool?
  public var driver: String
  public var scope: String?
  public var enableIPv4: Bool?
  public var enableIPv6: Bool?
  public var ipam: IPAM?
  public var `internal`: Bool
  public var attachable: Bool
  public var ingress: Bool
  public var configOnly: Bool
  public var configFrom: ConfigReference?
  public var options: [String: String]?
  public var labels: [String: String]?

  public init(
    name: String = "", checkDuplicate: Bool? = nil, driver: String = "", scope: String? = nil,
    enableIPv4: Bool? = nil, enableIPv6: Bool? = nil, ipam: IPAM? = nil, `internal`: Bool = false,
    attachable: Bool = false, ingress: Bool = false, configOnly: Bool = false, configFrom: ConfigReference? = nil,
    options: [String: String]? = nil, labels: [String: String]? = nil
  ) {
    self.name = name
    self.checkDuplicate = checkDuplicate
    self.driver = driver
    self.scope = scope
    self.enableIPv4 = enableIPv4
    self.enableIPv6 = enableIPv6
    self.ipam = ipam
    self.internal = `internal`
    self.attachable = attachable
    self.ingress = ingress
    self.configOnly = configOnly
    self.configFrom = configFrom
    self.options = options
    self.labels = labels
  }

  enum CodingKeys: String, CodingKey {
    case name = "Name"
    case checkDuplicate = "CheckDuplicate"
    case driver = "Driver"
    case scope = "Scope"
    case enableIPv4 = "EnableIPv4"
    case enableIPv6 = "EnableIPv6"
    case ipam = "IPAM"
    case `internal` = "Internal"
    case attachable = "Attachable"
    case ingress = "Ingress"
    case configOnly = "ConfigOnly"
    case configFrom = "ConfigFrom"
    case options = "Options"
    case labels = "Labels"
  }
}

/// The answer to creating a network.
public struct NetworkCreateResponse: Codable, Sendable, Hashable {
  public var id: String
  public var warning: String

  public init(id: String = "", warning: String = "") {
    self.id = id
    self.warning = warning
  }

  enum CodingKeys: String, CodingKey {
    case id = "Id"
    case warning = "Warning"
  }
}

/// A network whose configuration another one takes.
public struct ConfigReference: Codable, Sendable, Hashable, ZeroValue {
  public var network: String

  public init(network: String = "") {
    self.network = network
  }

  public init() { self.init(network: "") }

  enum CodingKeys: String, CodingKey {
    case network = "Network"
  }
}
