internal import AsyncHTTPClient
public import Logging
public import NIOCore
internal import NIOHTTP1
public import NIOPosix
public import OCI

/// Talks to any number of registries by the OCI distribution protocol; one for a whole daemon.
///
/// ```
/// let client = RegistryClient(configuration: .init(insecureRegistries: ["registry.local:5000"]), logger: logger)
/// let repository = client.repository(of: try ImageReference("nginx"), credentials: .anonymous)
/// let manifest = try await repository.manifest(.tag("latest"))
/// for try await chunk in repository.blob(layer) { … }      // verified against the layer's digest and size
/// ```
///
/// Values of it share connections, tokens and what was learnt about hosts. Any number of calls run at once; cancelling
/// the task ends a call with `RegistryError.Code.cancelled`.
public struct RegistryClient: Sendable {
  let transport: RegistryTransport
  let endpoints: RegistryEndpoints
  let authorizer: Authorizer

  public init(
    configuration: RegistryConfiguration = RegistryConfiguration(),
    eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
    logger: Logger = Logger(label: "moonpool.registry", factory: { _ in SwiftLogNoOpLogHandler() })
  ) {
    transport = RegistryTransport(configuration: configuration, eventLoopGroup: eventLoopGroup, logger: logger)
    authorizer = Authorizer(transport: transport)
    endpoints = RegistryEndpoints(transport: transport, authorizer: authorizer)
  }

  /// Closes all connections. To be called once, before the last copy goes.
  public func shutdown() async { await transport.shutdown() }

  /// The repository that `reference` names; nothing is sent yet.
  public func repository(
    of reference: ImageReference, credentials: RegistryCredentials = .anonymous
  ) -> RemoteRepository {
    RemoteRepository(client: self, domain: reference.domain, path: reference.path, credentials: credentials)
  }

  /// Proves `credentials` to a registry (`docker login`). The answer is a refresh token, to be kept instead of the
  /// password, where the registry's realm gives one.
  public func login(
    to domain: String, credentials: RegistryCredentials
  ) async throws(RegistryError) -> String? {
    let registry = try await endpoints.endpoint(for: domain)
    let answer = try await transport.send(Exchange(.GET, registry.at("/v2/")))
    guard answer.response.status == .unauthorized, !answer.isForeign else {
      guard answer.response.status == .ok else { throw await answer.failure(about: .ping) }
      await answer.drain()
      return nil
    }
    let challenges = answer.challenges
    await answer.drain()
    let request = Authorizer.Request(registry: registry, scopes: [], credentials: credentials)
    var header: String?
    var refreshToken: String?
    if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
      let token = try await authorizer.requestToken(request, bearer, offline: true)
      (header, refreshToken) = ("Bearer \(token.token)", token.refreshToken)
    } else {
      header = try await authorizer.answer(request, challenges, refused: nil)
    }
    guard let header else { throw RegistryError(.unauthorized, "unauthorized: authentication required", status: 401) }
    var exchange = Exchange(.GET, registry.at("/v2/"))
    exchange.headers.add(name: "authorization", value: header)
    let second = try await transport.send(exchange)
    guard second.response.status == .ok else { throw await second.failure(about: .ping) }
    await second.drain()
    return refreshToken
  }

  /// Whether the host answers as a registry does (`GET /v2/`: 200 or 401).
  public func ping(_ domain: String) async throws(RegistryError) {
    let registry = try await endpoints.endpoint(for: domain)
    let answer = try await transport.send(Exchange(.GET, registry.at("/v2/")))
    guard answer.response.status == .ok || answer.response.status == .unauthorized else {
      throw await answer.failure(about: .ping)
    }
    await answer.drain()
  }
}

extension Location {
  /// The same origin with another path.
  func at(_ target: String) -> Location { Location(scheme: scheme, authority: authority, target: target) }
}

extension Answer {
  var challenges: [Challenge] {
    response.headers["www-authenticate"].flatMap(Challenge.parse)
  }
}
