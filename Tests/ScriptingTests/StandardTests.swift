import JSON
import Testing

@testable import Scripting

@Suite struct StandardTests {
  @Test(arguments: [
    ("/srv/*", "/srv/a", true), ("/srv/*", "/srv/a/b", false), ("/srv/**", "/srv/a/b", true),
    ("NET_?DMIN", "NET_ADMIN", true),
    ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("*", "", true), ("a\\*", "a*", true), ("a\\*", "ab", false),
    ("*a*a*a*a*a*b", String(repeating: "a", count: 2000), false),
  ]) func glob(_ pattern: String, _ text: String, _ matches: Bool) {
    #expect(Glob.matches(pattern, text) == matches)
  }

  @Test func cidr() throws {
    let net = try #require(CIDR("10.12.0.7/24"))
    #expect(net.network.description == "10.12.0.0/24")
    #expect(net.broadcast.address == "10.12.0.255")
    #expect(net.nth(1)?.description == "10.12.0.1/24")
    #expect(net.nth(256) == nil)
    #expect(CIDR("fd00::1/64")?.network.description == "fd00::/64")
    #expect(CIDR("2001:db8:0:0:1:0:0:1")?.address == "2001:db8::1:0:0:1")
    #expect(CIDR("::ffff:10.0.0.1")?.address == "::ffff:a00:1")
    for wrong in ["10.0.0", "10.0.0.256", "10.0.0.1/33", "fd00:::1", "1.2.3.04", "", "10.0.0.1/-1"] {
      #expect(CIDR(wrong) == nil, "\(wrong)")
    }
    let taken = Set(["10.12.0.1", "10.12.0.2"].compactMap { CIDR($0)?.bits })
    #expect(net.network.free(taken: taken, range: nil)?.description == "10.12.0.3/24")
    #expect(CIDR("10.0.0.0/31")?.free(taken: [], range: nil)?.address == "10.0.0.0")
    #expect(CIDR("10.0.0.0/30")?.free(taken: Set([1, 2].compactMap { CIDR("10.0.0.\($0)")?.bits }), range: nil) == nil)
  }

  @Test(arguments: [
    ("1.2.3", ">=1.2 <2", true), ("2.0.0", "^1.2 || ^2", true), ("1.5.0", "~1.4", false), ("1.4.9", "~1.4", true),
    ("1.2.3-rc.1", "1.2.3", false), ("0.3.1", "^0.2", false), ("1.9.0", "1.x", true), ("1.0.0", "!=1.0.0", false),
  ]) func semver(_ version: String, _ range: String, _ holds: Bool) {
    #expect(SemanticVersion(version)?.satisfies(range) == holds)
  }

  @Test func units() {
    #expect(Units.seconds("1h30m") == 5400)
    #expect(Units.seconds("250ms") == 0.25)
    #expect(Units.seconds("5") == nil)
    #expect(Units.text(seconds: 90) == "1m30s")
    #expect(Units.size("64MiB") == 67_108_864)
    #expect(Units.size("1.5k") == 1536)
    #expect(Units.text(bytes: 10_485_760) == "10MiB")
    #expect(Timestamp.parse("2027-01-02T03:04:05.5+01:00") == 1_798_855_445.5)
    #expect(Timestamp.format(1_798_855_445) == "2027-01-02T02:04:05Z")
    #expect(Timestamp.parse("2027-13-02") == nil)
  }

  @Test func references() {
    #expect(ImageReference.parse("alpine")?["full"] == "docker.io/library/alpine:latest")
    #expect(ImageReference.parse("localhost:5000/a/b:1")?["registry"] == "localhost:5000")
    #expect(ImageReference.parse("Alpine") == nil)
  }

  @Test func theNormalFormOfAContainer() {
    let container = EventNormalizer.container([
      "Name": "", "Config": ["User": "", "Cmd": nil],
      "HostConfig": [
        "PidsLimit": -1, "Memory": 0, "MemorySwap": -1, "MemorySwappiness": -1, "CapAdd": ["cap_sys_admin", "all"],
        "SecurityOpt": ["seccomp:unconfined", "no-new-privileges"], "CgroupParent": "",
      ],
    ])
    #expect(
      container == [
        "Config": [:],
        "HostConfig": [
          "MemorySwap": -1, "CapAdd": ["SYS_ADMIN", "ALL"],
          "SecurityOpt": ["seccomp=unconfined", "no-new-privileges=true"],
        ],
      ])
  }

  @Test func schemasComeFromTypes() {
    struct Inner: Codable {
      var names: [String]?
      var limit: Int64?
    }
    enum Kind: String, Codable, CaseIterable { case one, two }
    struct Outer: Codable {
      var kind: Kind
      var inner: Inner?
      var map: [String: Inner]
      var flag: Bool?
      var size: UInt64
      enum CodingKeys: String, CodingKey {
        case kind = "Kind"
        case inner = "Inner"
        case map, flag, size
      }
    }
    let inner: FieldSchema = .record(["names": .optional(.list(.string)), "limit": .integer])
    #expect(
      FieldSchema(of: Outer.self)
        == .record([
          "Kind": .choice(["one", "two"]), "Inner": .optional(inner), "map": .map(inner), "flag": .boolean,
          "size": .integer,
        ]))
  }

  @Test func everyEventHasAVerbAndAStub() {
    #expect(Set(EventDefinition.all.map(\.name)) == Set(EventName.allCases))
    #expect(EventDefinition.all.allSatisfy { !$0.verbs.isEmpty && !$0.help.isEmpty })
  }
}
