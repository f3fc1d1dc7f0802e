import Testing

@testable import Registry

@Suite struct GrammarTests {
  @Test func challengesAreReadWithTheirParameters() {
    let header =
      #"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a:pull,push", "#
      + #"Basic realm="say \"hi\"""#
    #expect(
      Challenge.parse(header) == [
        Challenge(
          scheme: "bearer",
          parameters: [
            "realm": "https://auth.docker.io/token", "service": "registry.docker.io", "scope": "repository:a:pull,push",
          ]),
        Challenge(scheme: "basic", parameters: ["realm": #"say "hi""#]),
      ])
    for broken in ["", ",,,", "=", "Bearer realm", "Bearer realm=\"open", "\"", "Basic =", "a=b"] {
      _ = Challenge.parse(broken)
    }
    #expect(Challenge.parse("=x").isEmpty)
  }

  @Test func locationsAreResolvedAsBrowsersDo() throws {
    let base = try #require(Location("HTTPS://Registry.Example:443/v2/app/blobs/uploads/?x=1"))
    #expect(base.description == "https://registry.example:443/v2/app/blobs/uploads/?x=1")
    #expect(base.resolving("/v2/other?y=2")?.description == "https://registry.example:443/v2/other?y=2")
    #expect(base.resolving("id?z")?.description == "https://registry.example:443/v2/app/blobs/uploads/id?z")
    #expect(base.resolving("//cdn.example/x")?.description == "https://cdn.example/x")
    #expect(base.resolving("http://cdn.example")?.description == "http://cdn.example/")
    #expect(base.resolving("ftp://cdn.example/x") == nil)
    #expect(base.resolving("https://user:secret@cdn.example/x") == nil)
    #expect(base.hasSameOrigin(as: try #require(Location("https://registry.example/other"))))
    #expect(!base.hasSameOrigin(as: try #require(Location("http://registry.example:443/other"))))
    #expect(base.adding(query: "digest", "sha256:ab").target.hasSuffix("?x=1&digest=sha256%3Aab"))
  }

  @Test(arguments: [
    ("localhost", true), ("localhost:5000", true), ("127.0.0.1:5000", true), ("127.9.9.9", true), ("[::1]:5000", true),
    ("registry.local:5000", true), ("registry.local", false), ("10.1.255.3:80", true), ("10.2.0.1", false),
    ("docker.io", false), ("localhost.example", false),
  ])
  func insecureRegistries(authority: String, expected: Bool) {
    let configuration = RegistryConfiguration(insecureRegistries: ["registry.local:5000", "10.1.0.0/16"])
    #expect(configuration.isInsecure(authority) == expected)
  }
}
