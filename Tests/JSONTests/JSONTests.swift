import JSON
import Testing

@Suite struct JSONParserTests {
  @Test(arguments: [
    #"{"a":1,"b":[true,false,null],"c":{"d":"x\ny"},"e":-1.5e-05}"#, "[]", "{}", #""é\u00e9""#, "0", "-0.5",
    "9223372036854775807",
  ])
  func roundTrips(text: String) throws {
    let value = try JSON.parse(text)
    #expect(try JSON.parse(JSON.write(value)) == value)
    #expect(try CBOR.decode(CBOR.encode(value)) == value)
    #expect(try JSON.parse(JSON.write(value, pretty: true)) == value)
  }

  @Test(arguments: [
    "", "{", "[1,]", #"{"a":1,}"#, "01", "1.", ".5", "+1", "nul", #"{"a" 1}"#, "[1 2]", "1 2", "\"\u{01}\"",
    #""\x""#, #""\u12""#, "{1:2}", "1e", "-", "1e999",
  ])
  func refuses(text: String) { #expect(throws: JSONError.self) { try JSON.parse(text) } }

  @Test func refusesInvalidUTF8() {
    #expect(throws: JSONError.self) { try JSON.parse([0x22, 0xFF, 0x22] as [UInt8]) }
  }

  @Test func refusesDuplicateKeys() {
    let error = #expect(throws: JSONError.self) { try JSON.parse(#"{"Image":"a","Image":"b"}"#) }
    #expect(error?.code == .duplicateKey)
  }

  @Test func refusesDepth() {
    let text = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError.self) { try JSON.parse(text) }
  }

  @Test func joinsSurrogatePairsAndReplacesLoneOnes() throws {
    #expect(try JSON.parse(#""\ud83d\ude00""#) == "😀")
    #expect(try JSON.parse(#""\ud83dx""#) == "\u{FFFD}x")
    #expect(try JSON.parse(#""\ude00""#) == "\u{FFFD}")
  }

  @Test func keepsOrderAndFindsManyKeys() throws {
    let members = (0..<100).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
    var object = try #require(try JSON.parse("{\(members)}").objectValue)
    #expect(object.keys.first == "k0" && object.keys.last == "k99")
    object["k50"] = nil
    #expect(object["k99"] == 99 && object["k50"] == nil && object.count == 99)
  }
}

@Suite struct JSONCodableTests {
  struct Sample: Codable, Equatable {
    struct Inner: Codable, Equatable {
      var port: UInt16
      enum CodingKeys: String, CodingKey { case port = "Port" }
    }
    var name: String
    var count: Int64?
    var tags: [String: String]?
    var items: [Inner]?
    var data: Bytes?
    var big: UInt64?

    enum CodingKeys: String, CodingKey {
      case name = "Name"
      case count = "Count"
      case tags = "Tags"
      case items = "Items"
      case data = "Data"
      case big = "Big"
    }
  }

  @Test func encodesAndDecodes() throws {
    let sample = Sample(
      name: "x", count: 3, tags: ["a": "b"], items: [.init(port: 80)], data: Bytes([1, 2, 255]), big: .max)
    #expect(try JSON.decode(Sample.self, from: JSON.encode(sample)) == sample)
    #expect(try CBOR.decode(Sample.self, from: CBOR.encode(sample)) == sample)
  }

  @Test func nullIsAbsentAndUnknownKeysAreIgnored() throws {
    let sample = try JSON.decode(Sample.self, from: Array(#"{"Name":"x","Count":null,"New":[1]}"#.utf8))
    #expect(sample.count == nil && sample.name == "x")
  }

  @Test func namesTheFieldOfAWrongType() {
    let error = #expect(throws: JSONError.self) {
      try JSON.decode(Sample.self, from: Array(#"{"Name":"x","Items":[{"Port":"80"}]}"#.utf8))
    }
    #expect(error?.description == "Items[0].Port: expected an integer, got a string")
    #expect(throws: JSONError.self) {
      try JSON.decode(Sample.self, from: Array(#"{"Name":"x","Items":[{"Port":70000}]}"#.utf8))
    }
  }

  @Test func refusesCaseVariants() {
    let error = #expect(throws: JSONError.self) {
      try JSON.decode(Sample.self, from: Array(#"{"Name":"x","count":1}"#.utf8))
    }
    #expect(error?.code == .duplicateKey && error?.path == "count")
  }

  @Test func requiredKeysAreNamed() {
    let error = #expect(throws: JSONError.self) { try JSON.decode(Sample.self, from: Array("{}".utf8)) }
    #expect(error?.description == "Name: is required")
  }
}

@Suite struct CBORTests {
  /// Examples of RFC 8949, appendix A.
  static let vectors: [(String, JSONValue)] = [
    ("1903e8", .integer(1000)), ("3903e7", .integer(-1000)), ("83010203", .array([1, 2, 3])),
    ("a26161016162820203", .object(["a": 1, "b": .array([2, 3])])), ("4401020304", .bytes([1, 2, 3, 4])),
    ("6449455446", "IETF"), ("f6", .null), ("1bffffffffffffffff", .null),
  ]

  @Test(arguments: vectors)
  func examples(hex: String, value: JSONValue) {
    let digits = Array(hex.utf8)
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
    }
    if hex.hasPrefix("1bff") {
      #expect(throws: JSONError.self) { try CBOR.decode(bytes) }
    } else {
      #expect(CBOR.encode(value) == bytes)
      #expect((try? CBOR.decode(bytes)) == value)
    }
  }

  @Test func truncatedAndLyingItemsAreRefused() {
    let good = CBOR.encode(["list": [1, 2, 3], "text": "hello"] as JSONValue)
    for end in 0..<good.count { #expect(throws: JSONError.self) { try CBOR.decode(Array(good[..<end])) } }
    #expect(throws: JSONError.self) { try CBOR.decode([0x9B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]) }
  }
}

@Suite struct Base64Tests {
  @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
  func vectors(plain: String, encoded: String) {
    #expect(String(decoding: Base64.encode(Array(plain.utf8)), as: UTF8.self) == encoded)
    #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
  }

  @Test func refusesForeignCharacters() { #expect(Base64.decode("Zm9$".utf8) == nil) }
}
