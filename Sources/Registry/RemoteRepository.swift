internal import AsyncHTTPClient
internal import NIOHTTP1

/// One repository of one registry, as seen with one user's credentials.
public struct RemoteRepository: Sendable {
  let client: RegistryClient
  /// The registry as it stands in references: `docker.io`, `localhost:5000`.
  public let domain: String
  /// `library/nginx`
  public let path: String
  public let credentials: RegistryCredentials

  /// What is asked for within the repository.
  struct Request: Sendable {
    var method: HTTPMethod
    /// Below `/v2/<path>/`, or a location that the registry gave for an upload.
    var target: Target
    var subject: Subject
    var scopes: [RepositoryScope]
    var headers: HTTPHeaders = [:]
    var body: (@Sendable () -> HTTPClientRequest.Body)?
    var isRepeatable = true

    enum Target: Sendable {
      case path(String)
      case location(Location)
    }

    init(_ method: HTTPMethod, _ target: Target, _ subject: Subject, _ scopes: [RepositoryScope]) {
      self.method = method
      self.target = target
      self.subject = subject
      self.scopes = scopes
    }
  }

  var pullScope: [RepositoryScope] { [RepositoryScope(path: path, access: .pull)] }
  var pushScope: [RepositoryScope] { [RepositoryScope(path: path, access: .pushPull)] }

  /// Sends with authentication, redirects and repetition; any answer that is neither of `expected` is thrown.
  func send(_ request: Request, expecting expected: Set<UInt>) async throws(RegistryError) -> Answer {
    var attempt = 1
    while true {
      var pause: Duration?
      let failure: RegistryError
      do {
        let answer = try await authorized(request)
        if expected.contains(answer.response.status.code) { return answer }
        pause = answer.retryAfter
        failure = await answer.failure(about: request.subject)
      } catch {
        failure = error
      }
      guard request.isRepeatable, failure.isTransient, attempt < client.transport.configuration.attempts else {
        throw failure
      }
      try await backOff(attempt, atLeast: pause)
      attempt += 1
    }
  }

  /// Sends, and answers up to two challenges: one for a first token, one for a token that has run out.
  private func authorized(_ request: Request) async throws(RegistryError) -> Answer {
    let registry = try await client.endpoints.endpoint(for: domain)
    let key = Authorizer.Request(registry: registry, scopes: request.scopes, credentials: credentials)
    var location = registry.at("/")
    switch request.target {
    case .path(let path): location = registry.at("/v2/\(self.path)/\(path)")
    case .location(let given): location = given
    }
    let mayAuthorize = location.hasSameOrigin(as: registry)
    var header = mayAuthorize ? try await client.authorizer.authorization(for: key) : nil
    var challengesLeft = 2
    while true {
      var exchange = Exchange(request.method, location)
      exchange.headers = request.headers
      exchange.body = request.body
      if let header { exchange.headers.replaceOrAdd(name: "authorization", value: header) }
      let answer: Answer
      do {
        answer = try await client.transport.send(exchange)
      } catch {
        if error.code == .unreachable || error.code == .certificate || error.code == .connectionLost {
          client.endpoints.forget(registry)
        }
        throw error
      }
      guard answer.response.status == .unauthorized, mayAuthorize, !answer.isForeign, challengesLeft > 0 else {
        return answer
      }
      challengesLeft -= 1
      let challenges = answer.challenges
      let next = try await client.authorizer.answer(key, challenges, refused: header)
      guard let next, next != header else {
        if header == nil, challenges.contains(where: { $0.scheme == "basic" }) {
          await answer.drain()
          throw RegistryError(
            .unauthorized, "\(client.transport.prefix(exchange)): no basic auth credentials", status: 401)
        }
        return answer
      }
      await answer.drain()
      header = next
    }
  }

  func backOff(_ attempt: Int, atLeast pause: Duration? = nil) async throws(RegistryError) {
    let doubled = client.transport.configuration.firstBackoff * (1 << min(attempt - 1, 6))
    do {
      try await Task.sleep(for: max(doubled, pause ?? .zero))
    } catch {
      throw RegistryError(.cancelled, "context canceled")
    }
  }
}
