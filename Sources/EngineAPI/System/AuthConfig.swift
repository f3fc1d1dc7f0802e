/// Credentials for a registry: the body of `POST /auth`, and in base64 the header `X-Registry-Auth`.
public struct AuthConfig: Codable, Sendable, Hashable {
  public var username: String?
  public var password: String?
  public var auth: String?
  public var email: String?
  public var serveraddress: String?
  public var identitytoken: String?
  public var registrytoken: String?

  public init(
    username: String? = nil, password: String? = nil, auth: String? = nil, email: String? = nil,
    serveraddress: String? = nil, identitytoken: String? = nil, registrytoken: String? = nil
  ) {
    self.username = username
    self.password = password
    self.auth = auth
    self.email = email
    self.serveraddress = serveraddress
    self.identitytoken = identitytoken
    self.registrytoken = registrytoken
  }

  enum CodingKeys: String, CodingKey {
    case username
    case password
    case auth
    case email
    case serveraddress
    case identitytoken
    case registrytoken
  }
}

/// The answer to `POST /auth`.
public struct AuthResponse: Codable, Sendable, Hashable {
  public var status: String
  public var identityToken: String

  public init(status: String = "", identityToken: String = "") {
    self.status = status
    self.identityToken = identityToken
  }

  enum CodingKeys: String, CodingKey {
    case status = "Status"
    case identityToken = "IdentityToken"
  }
}
