internal import AsyncHTTPClient
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// One HTTP exchange to send; `body` is made anew for each attempt.
struct Exchange: Sendable {
  var method: HTTPMethod
  var location: Location
  var headers: HTTPHeaders = [:]
  var body: (@Sendable () -> HTTPClientRequest.Body)?

  init(_ method: HTTPMethod, _ location: Location) {
    self.method = method
    self.location = location
  }
}

/// The answer, and where it came from after redirects.
struct Answer: Sendable {
  var response: HTTPClientResponse
  var location: Location
  /// Some redirect led to another origin: its answer says nothing about the registry's authentication.
  var isForeign: Bool
}

/// HTTP with this module's errors, redirects and trust; knows nothing of registries' authentication.
final class RegistryTransport: Sendable {
  static let mostRedirects = 10

  let configuration: RegistryConfiguration
  private let client: HTTPClient
  private let logger: Logger
  private let trust = Mutex<[String: TLSConfiguration]>([:])

  init(configuration: RegistryConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger) {
    self.configuration = configuration
    self.logger = logger
    let stall = TimeAmount(configuration.stallTimeout)
    var settings = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(connect: TimeAmount(configuration.connectTimeout), read: stall, write: stall))
    settings.httpVersion = .http1Only
    settings.dnsOverride = configuration.aliases
    settings.connectionPool.retryConnectionEstablishment = false
    settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
    client = HTTPClient(eventLoopGroup: eventLoopGroup, configuration: settings)
  }

  func shutdown() async {
    do {
      try await client.shutdown()
    } catch {
      logger.warning("the registry client did not close cleanly", metadata: ["error": "\(error)"])
    }
  }

  /// Sends and follows the redirects of GET and HEAD. `Authorization` goes to the first origin only (CVE-2020-15157).
  func send(_ exchange: Exchange) async throws(RegistryError) -> Answer {
    var exchange = exchange
    let origin = exchange.location
    var isForeign = false
    for _ in 0...Self.mostRedirects {
      let response = try await sendOnce(exchange)
      let isRedirect = [301, 302, 303, 307, 308].contains(response.status.code)
      guard isRedirect, exchange.method == .GET || exchange.method == .HEAD,
        let header = response.headers.first(name: "location")
      else { return Answer(response: response, location: exchange.location, isForeign: isForeign) }
      guard let next = exchange.location.resolving(header) else {
        throw RegistryError(.malformedResponse, "\(prefix(exchange)): invalid redirect to \(header)")
      }
      if exchange.location.scheme == .https, next.scheme == .http, !configuration.isInsecure(next.authority) {
        throw RegistryError(.malformedResponse, "\(prefix(exchange)): refusing the redirect from HTTPS to \(next)")
      }
      if !next.hasSameOrigin(as: origin) {
        isForeign = true
        exchange.headers.remove(name: "authorization")
      }
      exchange.location = next
    }
    throw RegistryError(
      .malformedResponse, "\(prefix(exchange)): stopped after \(Self.mostRedirects) redirects")
  }

  private func sendOnce(_ exchange: Exchange) async throws(RegistryError) -> HTTPClientResponse {
    var request = HTTPClientRequest(url: exchange.location.description)
    request.method = exchange.method
    request.headers = exchange.headers
    request.headers.replaceOrAdd(name: "user-agent", value: configuration.userAgent)
    request.body = exchange.body?()
    if exchange.location.scheme == .https {
      request.tlsConfiguration = try tlsConfiguration(for: exchange.location.authority)
    }
    do {
      return try await client.execute(request, deadline: .distantFuture, logger: logger)
    } catch {
      let failure = describe(error, of: exchange)
      if failure.code == .certificate { trust.withLock { $0[exchange.location.authority] = nil } }
      throw failure
    }
  }

  /// What a failed exchange begins with, as Go's `url.Error` does: `Get "https://host/v2/"`.
  func prefix(_ exchange: Exchange) -> String {
    let method = exchange.method.rawValue
    return "\(method.prefix(1))\(method.dropFirst().lowercased()) \"\(exchange.location)\""
  }

  private func tlsConfiguration(for authority: String) throws(RegistryError) -> TLSConfiguration {
    if let known = trust.withLock({ $0[authority] }) { return known }
    var made = TLSConfiguration.makeClientConfiguration()
    if configuration.isInsecure(authority) { made.certificateVerification = .none }
    for directory in configuration.certificateDirectories {
      try CertificateDirectory(path: "\(directory)/\(authority)").apply(to: &made)
    }
    trust.withLock { $0[authority] = made }
    return made
  }
}

extension TimeAmount {
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
