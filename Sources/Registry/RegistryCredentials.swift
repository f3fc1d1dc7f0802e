/// What a user proves his identity with, as `docker login` keeps it and `X-Registry-Auth` carries it.
///
/// Given with each call; the client stores none of it beyond the tokens that it got for it.
public struct RegistryCredentials: Sendable, Hashable {
  public var username: String
  public var password: String
  /// An OAuth refresh token, exchanged for an access token at the realm instead of name and password.
  public var identityToken: String
  /// A bearer token for the registry itself, sent as it is.
  public var registryToken: String

  public init(username: String = "", password: String = "", identityToken: String = "", registryToken: String = "") {
    self.username = username
    self.password = password
    self.identityToken = identityToken
    self.registryToken = registryToken
  }

  public static let anonymous = RegistryCredentials()

  public var isAnonymous: Bool {
    username.isEmpty && password.isEmpty && identityToken.isEmpty && registryToken.isEmpty
  }
}

extension RegistryCredentials: CustomStringConvertible {
  /// Names the user only: credentials end up in no log.
  public var description: String {
    isAnonymous ? "anonymous" : "credentials of \(username.isEmpty ? "a token" : username)"
  }
}
