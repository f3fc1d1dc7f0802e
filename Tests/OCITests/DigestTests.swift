import JSON
import OCI
import Testing

@Suite struct DigestTests {
  let hex = String(repeating: "0123456789abcdef", count: 4)

  @Test func readsAndWrites() throws {
    let digest = try Digest("sha256:\(hex)")
    #expect(digest.description == "sha256:\(hex)")
    #expect(digest.short == "0123456789ab")
    #expect(try Digest("sha512:\(hex)\(hex)").algorithm == .sha512)
    #expect(try Digest(sha256: [UInt8](repeating: 0xa5, count: 32)).hex == String(repeating: "a5", count: 32))
  }

  @Test(arguments: [
    "", "sha256", "sha256:", "sha1:0123456789012345678901234567890123456789", "sha256:xyz",
    "sha256:" + String(repeating: "A", count: 64), "sha256:../" + String(repeating: "a", count: 61),
    "sha512:" + String(repeating: "a", count: 64),
  ])
  func refuses(text: String) {
    #expect(throws: DigestError.self) { try Digest(text) }
    #expect(throws: JSONError.self) { try JSON.decode(Digest.self, from: .string(text)) }
  }
}
