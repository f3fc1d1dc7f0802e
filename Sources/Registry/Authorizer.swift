internal import AsyncHTTPClient
internal import JSON
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Answers registries' challenges and keeps the tokens it got (distribution's "Token Authentication Specification").
///
/// Only challenges from a registry's own origin come here: credentials are never given on the word of a host that
/// a redirect or a manifest led to (CVE-2020-15157).
final class Authorizer: Sendable {
  struct Request: Hashable, Sendable {
    /// The registry: its scheme and authority.
    var registry: Location
    var scopes: [RepositoryScope]
    var credentials: RegistryCredentials
  }

  private struct Token {
    var header: String
    var expires: ContinuousClock.Instant
  }

  private struct State {
    var tokens: [Request: Token] = [:]
    var challenges: [Location: [Challenge]] = [:]
  }

  /// A registry that gives no lifetime means this one; shorter ones are not honoured, as in Docker.
  static let shortestLifetime = 60
  static let mostTokens = 4096

  private let transport: RegistryTransport
  private let state = Mutex(State())

  init(transport: RegistryTransport) { self.transport = transport }

  /// The `Authorization` to begin with: from a token or a challenge known already, else none.
  func authorization(for request: Request) async throws(RegistryError) -> String? {
    if !request.credentials.registryToken.isEmpty { return "Bearer \(request.credentials.registryToken)" }
    let (token, challenges) = state.withLock { ($0.tokens[request], $0.challenges[request.registry]) }
    if let token, token.expires > .now { return token.header }
    guard let challenges else { return nil }
    if challenges.contains(where: { $0.scheme == "bearer" }) {
      return try await answer(request, challenges, refused: nil)
    }
    return basic(request.credentials)
  }

  func learn(_ challenges: [Challenge], from registry: Location) {
    guard !challenges.isEmpty else { return }
    state.withLock { $0.challenges[registry] = challenges }
  }

  /// The `Authorization` that answers `challenges`; nil when `refused` was the best there is.
  func answer(
    _ request: Request, _ challenges: [Challenge], refused: String?
  ) async throws(RegistryError) -> String? {
    learn(challenges, from: request.registry)
    if !request.credentials.registryToken.isEmpty { return nil }
    if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
      let known = state.withLock { $0.tokens[request] }
      if let known, known.expires > .now, known.header != refused { return known.header }
      let token = try await fetchToken(request, bearer)
      state.withLock { state in
        if state.tokens.count >= Self.mostTokens { state.tokens.removeAll() }
        state.tokens[request] = token
      }
      return token.header
    }
    guard challenges.contains(where: { $0.scheme == "basic" }) else { return nil }
    let header = basic(request.credentials)
    return header == refused ? nil : header
  }

  private func basic(_ credentials: RegistryCredentials) -> String? {
    guard !credentials.username.isEmpty || !credentials.password.isEmpty else { return nil }
    let pair = Array("\(credentials.username):\(credentials.password)".utf8)
    return "Basic " + String(decoding: Base64.encode(pair), as: UTF8.self)
  }

  private func fetchToken(_ request: Request, _ challenge: Challenge) async throws(RegistryError) -> Token {
    let answer = try await requestToken(request, challenge, offline: false)
    return Token(header: "Bearer \(answer.token)", expires: .now + .seconds(answer.lifetime * 9 / 10))
  }

  struct TokenAnswer {
    var token: String
    var refreshToken: String?
    /// Seconds.
    var lifetime: Int
  }

  /// Asks the realm for a token; with `offline` for a refresh token too, as `docker login` does.
  func requestToken(
    _ request: Request, _ challenge: Challenge, offline: Bool
  ) async throws(RegistryError) -> TokenAnswer {
    guard let text = challenge.parameters["realm"], let realm = Location(text) else {
      throw RegistryError(
        .malformedResponse, "\(request.registry): invalid token realm \(challenge.parameters["realm"] ?? "")")
    }
    let credentials = request.credentials
    if !credentials.isAnonymous, request.registry.scheme == .https, realm.scheme == .http,
      !transport.configuration.isInsecure(realm.authority)
    {
      throw RegistryError(
        .malformedResponse, "\(request.registry): refusing to send credentials over plain HTTP to \(realm)")
    }
    var scopes = request.scopes.map(\.text)
    // What the registry asks for beyond what was foreseen.
    for scope in (challenge.parameters["scope"] ?? "").split(separator: " ") where !scopes.contains(String(scope)) {
      if !request.scopes.contains(where: { covers($0, scope) }) { scopes.append(String(scope)) }
    }
    let service = challenge.parameters["service"]
    let exchange =
      credentials.identityToken.isEmpty
      ? plainRequest(realm, service, scopes, credentials, offline: offline)
      : refreshRequest(realm, service, scopes, credentials)
    let answer = try await transport.send(exchange)
    guard answer.response.status == .ok else { throw await answer.failure(about: .token) }
    return try await read(answer, exchange)
  }

  /// Whether `repository:x:pull,push` contains `repository:x:pull`.
  private func covers(_ scope: RepositoryScope, _ text: Substring) -> Bool {
    text == RepositoryScope(path: scope.path, access: .pull).text[...] || text == scope.text[...]
  }

  private func plainRequest(
    _ realm: Location, _ service: String?, _ scopes: [String], _ credentials: RegistryCredentials, offline: Bool
  ) -> Exchange {
    var location = realm
    if let service { location = location.adding(query: "service", service) }
    for scope in scopes { location = location.adding(query: "scope", scope) }
    if !credentials.username.isEmpty { location = location.adding(query: "account", credentials.username) }
    if offline {
      location = location.adding(query: "offline_token", "true").adding(query: "client_id", "moonpool")
    }
    var exchange = Exchange(.GET, location)
    if let header = basic(credentials) { exchange.headers.add(name: "authorization", value: header) }
    return exchange
  }

  private func refreshRequest(
    _ realm: Location, _ service: String?, _ scopes: [String], _ credentials: RegistryCredentials
  ) -> Exchange {
    var fields = [("grant_type", "refresh_token"), ("refresh_token", credentials.identityToken)]
    fields.append(("client_id", "moonpool"))
    if let service { fields.append(("service", service)) }
    if !scopes.isEmpty { fields.append(("scope", scopes.joined(separator: " "))) }
    let form = fields.map { "\($0)=\(Location.escape($1))" }.joined(separator: "&")
    var exchange = Exchange(.POST, realm)
    exchange.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
    exchange.body = { .bytes(ByteBuffer(string: form)) }
    return exchange
  }

  private func read(_ answer: Answer, _ exchange: Exchange) async throws(RegistryError) -> TokenAnswer {
    let value: JSONValue
    do {
      let body = try await answer.response.body.collect(upTo: 1024 * 1024)
      value = try JSON.parse(Array(body.readableBytesView))
    } catch let error as JSONError {
      throw RegistryError(.malformedResponse, "\(transport.prefix(exchange)): invalid token answer: \(error)")
    } catch {
      throw transport.describe(error, of: exchange)
    }
    let texts = [value["token"]?.stringValue, value["access_token"]?.stringValue].compactMap { $0 }
    // A token goes into a header: a line break in it would begin another one.
    guard let token = texts.first(where: { !$0.isEmpty }), token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      throw RegistryError(.malformedResponse, "authorization server did not include a token in the response")
    }
    let seconds = value["expires_in"]?.integerValue ?? 0
    return TokenAnswer(
      token: token, refreshToken: value["refresh_token"]?.stringValue,
      lifetime: max(Self.shortestLifetime, Int(min(seconds, 86_400))))
  }
}
