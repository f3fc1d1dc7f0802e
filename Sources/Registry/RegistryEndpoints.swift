internal import AsyncHTTPClient
internal import NIOHTTP1
internal import Synchronization

/// Knows where a registry's API is: which host serves a domain, and whether it speaks TLS.
final class RegistryEndpoints: Sendable {
  private let transport: RegistryTransport
  private let authorizer: Authorizer
  private let schemes = Mutex<[String: Location.Scheme]>([:])

  init(transport: RegistryTransport, authorizer: Authorizer) {
    self.transport = transport
    self.authorizer = authorizer
  }

  /// The host that serves a domain's images: Docker Hub's is another one than its name.
  static func authority(of domain: String) -> String {
    domain == "docker.io" || domain == "index.docker.io" ? "registry-1.docker.io" : domain.lowercased()
  }

  /// The root of the API of `domain`. An insecure registry is asked once: TLS without verification, then plain HTTP.
  func endpoint(for domain: String) async throws(RegistryError) -> Location {
    let authority = Self.authority(of: domain)
    let https = Location(scheme: .https, authority: authority, target: "/")
    guard transport.configuration.isInsecure(authority) else { return https }
    let http = Location(scheme: .http, authority: authority, target: "/")
    if let known = schemes.withLock({ $0[authority] }) { return known == .https ? https : http }
    do {
      try await probe(https)
      return https
    } catch {
      if error.code == .cancelled { throw error }
      try await probe(http)
      return http
    }
  }

  private func probe(_ registry: Location) async throws(RegistryError) {
    let answer = try await transport.send(Exchange(.GET, registry.at("/v2/")))
    if answer.response.status == .unauthorized, !answer.isForeign {
      authorizer.learn(answer.challenges, from: registry)
    }
    await answer.drain()
    schemes.withLock { $0[registry.authority] = registry.scheme }
  }

  /// To be called when a registry could not be reached as it was before: it may have changed to TLS, or from it.
  func forget(_ registry: Location) {
    schemes.withLock { $0[registry.authority] = nil }
  }
}
