import Glibc
import Testing

@testable import EngineServer

/// TCP with TLS: who the client is comes from its certificate, and a half-close is a close_notify.
@Suite struct TLSTests {
  /// An authority, a server's and a client's certificate in a directory that the body has for itself.
  static func withCertificates(_ body: (String) async throws -> Void) async throws {
    let directory = "/tmp/moonpool-test-\(UInt32.random(in: .min ... .max))-tls"
    mkdir(directory, 0o700)
    let made = try await shell(
      """
      cd \(directory) && exec 2>&1 &&
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority \
        -keyout ca-key.pem -out ca.pem &&
      printf 'subjectAltName=IP:127.0.0.1' > server.ext && : > client.ext &&
      for who in server client; do
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/O=Site/CN=the $who" \
          -keyout $who-key.pem -out $who.csr &&
        openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile $who.ext \
          -out $who.pem || exit 1
      done
      """)
    defer { _ = system("rm -r \(directory)") }
    try #require(made.status == 0, "\(made.output)")
    try await body(directory)
  }

  @Test func theStockClientWithACertificate() async throws {
    try await Self.withCertificates { certificates in
      let tls = APIServerConfiguration.TLS(
        certificate: "\(certificates)/server.pem", key: "\(certificates)/server-key.pem",
        clientAuthorities: "\(certificates)/ca.pem")
      try await ServerFixture.with(FakeEngine().routes, tcp: true, tls: tls) { server in
        guard case .tcp(_, let port) = server.addresses[1] else {
          Issue.record("no TCP address")
          return
        }
        let base =
          "DOCKER_CONFIG=\(certificates)/config timeout 20 \(StockClientTests.docker) -H tcp://127.0.0.1:\(port)"
        let flags = "--tlsverify --tlscacert=\(certificates)/ca.pem"
        let own = "--tlscert=\(certificates)/client.pem --tlskey=\(certificates)/client-key.pem"
        let info = try await shell("\(base) \(flags) \(own) info --format '{{.Name}}' 2>&1")
        #expect(info.output == "the client\n")
        let run = try await shell("printf 'through TLS' | \(base) \(flags) \(own) run -i busybox cat 2>&1")
        #expect(run.output.contains("through TLS"))
        #expect(run.output.contains("11 bytes"))
        #expect(run.status == 3)
        let stranger = try await shell("\(base) \(flags) info --format '{{.Name}}' 2>&1")
        #expect(!stranger.output.contains("the client"))
        #expect(stranger.status != 0)
        #expect(try await shell("\(base) version 2>&1").status != 0, "TCP without TLS")
      }
    }
  }

  @Test func namesAreReadFromCertificates() {
    // Sequences of what comes before the subject, then O and CN; and the same cut off anywhere.
    func der(_ tag: UInt8, _ parts: [UInt8]...) -> [UInt8] {
      let content = parts.flatMap { $0 }
      return [tag, UInt8(content.count)] + content
    }
    func name(_ type: UInt8, _ text: String) -> [UInt8] {
      der(0x31, der(0x30, der(0x06, [0x55, 0x04, type]), der(0x0C, Array(text.utf8))))
    }
    let subject = der(0x30, name(10, "Site"), name(3, "Zoë"))
    let fields = der(
      0x30, der(0xA0, [2, 1, 2]), der(0x02, [1]), der(0x30), der(0x30), der(0x30), subject, der(0x30))
    let certificate = der(0x30, fields, der(0x30), der(0x03))
    #expect(CertificateSubject.commonName(der: certificate) == "Zoë")
    for length in 0..<certificate.count {
      _ = CertificateSubject.commonName(der: Array(certificate.prefix(length)))
      var broken = certificate
      broken[length] ^= 0xFF
      _ = CertificateSubject.commonName(der: broken)
    }
  }
}
