/// A container to be connected to a network: `POST /networks/{id}/connect`.
public struct NetworkConnectRequest: Codable, Sendable, Hashable {
  public var container: String
  public var endpointConfig: EndpointSettings?

  public init(container: String = "", endpointConfig: EndpointSettings? = nil) {
    self.container = container
    self.endpointConfig = endpointConfig
  }

  enum CodingKeys: String, CodingKey {
    case container = "Container"
    case endpointConfig = "EndpointConfig"
  }
}

/// A container to be taken from a network: `POST /networks/{id}/disconnect`.
public struct NetworkDisconnectRequest: Codable, Sendable, Hashable {
  public var container: String
  public var force: Bool

  public init(container: String = "", force: Bool = false) {
    self.container = container
    self.force = force
  }

  enum CodingKeys: String, CodingKey {
    case container = "Container"
    case force = "Force"
  }
}
