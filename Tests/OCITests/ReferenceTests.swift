import OCI
import Testing

@Suite struct ReferenceTests {
  @Test(arguments: [
    ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
    ("nginx:1.27", "docker.io/library/nginx:1.27", "nginx:1.27"),
    ("user/app", "docker.io/user/app:latest", "user/app:latest"),
    ("docker.io/nginx", "docker.io/library/nginx:latest", "nginx:latest"),
    ("index.docker.io/library/nginx", "docker.io/library/nginx:latest", "nginx:latest"),
    ("localhost/app", "localhost/app:latest", "localhost/app:latest"),
    ("localhost:5000/x", "localhost:5000/x:latest", "localhost:5000/x:latest"),
    ("127.0.0.1:5000/a/b/c:v1.2-3_4", "127.0.0.1:5000/a/b/c:v1.2-3_4", "127.0.0.1:5000/a/b/c:v1.2-3_4"),
    ("[::1]:5000/x:1", "[::1]:5000/x:1", "[::1]:5000/x:1"),
    ("ghcr.io/a/b__c.d-e---f", "ghcr.io/a/b__c.d-e---f:latest", "ghcr.io/a/b__c.d-e---f:latest"),
    ("Registry/app", "Registry/app:latest", "Registry/app:latest"),
  ])
  func normalises(text: String, full: String, familiar: String) throws {
    let reference = try ImageReference(text)
    #expect(reference.description == full)
    #expect(reference.familiar == familiar)
    #expect(try ImageReference(reference.familiar) == reference)
  }

  @Test func digestKeepsTheTagAway() throws {
    let hex = String(repeating: "ab", count: 32)
    let reference = try ImageReference("nginx@sha256:\(hex)")
    #expect(reference.tag == nil)
    #expect(reference.familiar == "nginx@sha256:\(hex)")
    #expect(reference.tagOrDigest == "sha256:\(hex)")
    let both = try ImageReference("localhost:5000/x:1@sha256:\(hex)")
    #expect(both.tag == "1")
    #expect(both.digest?.hex == hex)
    #expect(both.repository.description == "localhost:5000/x")
  }

  @Test func parseAddsNoTag() throws {
    #expect(try ImageReference.parse("nginx").tag == nil)
    #expect(try ImageReference.parse("nginx").familiar == "nginx")
  }

  @Test(arguments: [
    ("", "invalid reference format"),
    ("-x", "invalid reference format"),
    ("a..b", "invalid reference format"),
    ("a___b", "invalid reference format"),
    ("a:", "invalid reference format"),
    ("a:b:c", "invalid reference format"),
    ("a/", "invalid reference format"),
    ("../x", "invalid reference format"),
    ("a@sha256:abcd", "invalid reference format"),
    ("a:" + String(repeating: "t", count: 129), "invalid reference format"),
    ("local:port/x", "invalid reference format"),
    ("Nginx", "invalid reference format: repository name (library/Nginx) must be lowercase"),
    ("localhost:5000/Foo", "invalid reference format: repository name (Foo) must be lowercase"),
    (String(repeating: "a", count: 300), "repository name must not be more than 255 characters"),
    (
      String(repeating: "0", count: 64),
      "invalid repository name (\(String(repeating: "0", count: 64))), cannot specify 64-byte hexadecimal strings"
    ),
  ])
  func refuses(text: String, message: String) {
    #expect {
      try ImageReference(text)
    } throws: { error in
      "\(error)" == message
    }
  }
}
