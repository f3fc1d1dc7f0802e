import NIOHTTP1
import OCI
import Registry
import Testing

/// The bearer flow against a registry and a realm that are one small server.
@Suite struct TokenTests {
  private static let body = #"{"schemaVersion":2,"manifests":[]}"#

  /// Accepts `Bearer good-N` only, N being how many tokens it has issued; each token serves `uses` requests.
  private func server(in sandbox: NetworkSandbox, uses: Int = .max) async throws -> FakeRegistry {
    let tokens = Counter()
    let served = Counter()
    return try await FakeRegistry(in: sandbox) { request in
      let host = request.headers.first(name: "host") ?? ""
      if request.path == "/token" {
        let isUser = request.authorization == "Basic YWxpOnNlY3JldA=="
        let isRefresh =
          request.body.contains("refresh_token=idtoken") && request.body.contains("grant_type=refresh_token")
        let isAnonymous = request.authorization == nil && request.method == .GET
        guard isUser || isRefresh || isAnonymous else {
          return .init(.unauthorized, [:], #"{"details":"incorrect username or password"}"#)
        }
        return .init(.ok, [:], #"{"token":"good-\#(tokens.next())","expires_in":300,"refresh_token":"idtoken"}"#)
      }
      let isGood = request.authorization?.hasPrefix("Bearer good-") ?? false
      guard isGood, served.next() % (uses == .max ? Int.max : uses + 1) != 0 else {
        return .init(
          .unauthorized,
          [
            "www-authenticate":
              "Bearer realm=\"http://\(host)/token\",service=\"reg\",scope=\"repository:team/app:pull\""
          ],
          #"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#)
      }
      return request.path == "/v2/"
        ? .init() : .init(.ok, ["content-type": MediaType.ociIndex.rawValue], Self.body)
    }
  }

  private func manifest(
    _ client: RegistryClient, _ server: FakeRegistry, _ credentials: RegistryCredentials
  ) async throws {
    let reference = try ImageReference("\(server.address)/team/app:1")
    _ = try await client.repository(of: reference, credentials: credentials).manifest(.tag("1"))
  }

  @Test func oneTokenServesManyRequests() async throws {
    try await withNetwork { sandbox, client in
      let server = try await server(in: sandbox)
      for _ in 0..<3 { try await manifest(client, server, .init(username: "ali", password: "secret")) }
      let tokens = server.requests.filter { $0.path == "/token" }
      #expect(tokens.map(\.target) == ["/token?service=reg&scope=repository%3Ateam%2Fapp%3Apull&account=ali"])
      #expect(tokens.map(\.authorization) == ["Basic YWxpOnNlY3JldA=="])
      await server.close()
    }
  }

  @Test func aTokenThatHasRunOutIsReplaced() async throws {
    try await withNetwork { sandbox, client in
      let server = try await server(in: sandbox, uses: 2)
      for _ in 0..<5 { try await manifest(client, server, .anonymous) }
      #expect(server.requests.filter { $0.path == "/token" }.count == 3)
      await server.close()
    }
  }

  @Test func anIdentityTokenIsExchanged() async throws {
    try await withNetwork { sandbox, client in
      let server = try await server(in: sandbox)
      try await manifest(client, server, .init(identityToken: "idtoken"))
      let exchange = server.requests.first { $0.path == "/token" }
      #expect(exchange?.method == .POST)
      #expect(exchange?.body.contains("scope=repository%3Ateam%2Fapp%3Apull") == true)
      await server.close()
    }
  }

  @Test func loginGivesTheRefreshTokenOrTheRealmsReason() async throws {
    try await withNetwork { sandbox, client in
      let server = try await server(in: sandbox)
      let right = RegistryCredentials(username: "ali", password: "secret")
      #expect(try await client.login(to: server.address, credentials: right) == "idtoken")
      let wrong = RegistryCredentials(username: "ali", password: "guess")
      let error = await failure { _ = try await client.login(to: server.address, credentials: wrong) }
      #expect(error?.message == "unauthorized: incorrect username or password")
      await server.close()
    }
  }

  @Test func whatARegistryDeniesIsExplained() async throws {
    try await withNetwork { sandbox, client in
      let server = try await FakeRegistry(in: sandbox) { request in
        request.path == "/v2/"
          ? .init()
          : .init(
            .forbidden, [:],
            #"{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}"#)
      }
      let reference = try ImageReference("\(server.address)/team/app:1")
      let error = await failure { try await manifest(client, server, .anonymous) }
      #expect(
        error?.pulling(reference).message
          == "pull access denied for \(server.address)/team/app, repository does not exist or may require "
          + "'docker login': denied: requested access to the resource is denied")
      await server.close()
    }
  }
}
