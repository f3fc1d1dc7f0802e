import EngineAPI
import JSON
import Testing

@Suite struct ValueTests {
  @Test func versionsCompare() throws {
    #expect(APIVersion("1.9") == APIVersion(1, 9))
    #expect(try #require(APIVersion("1.9")) < APIVersion.minimum)
    #expect(try #require(APIVersion("1.100")) > APIVersion.current)
    for text in ["", "1", "1.", ".4", "1.2.3", "a.b", "-1.2", "1.+3"] { #expect(APIVersion(text) == nil, "\(text)") }
  }

  @Test func portsAreRead() throws {
    #expect(try Port("80") == Port(80))
    #expect(try Port("53/UDP") == Port(53, .udp))
    #expect(try Port("80/tcp").description == "80/tcp")
    for text in ["", "0", "65536", "80/foo", "-1", "+5", "a", "80-90"] {
      #expect(throws: InvalidValue("invalid port specification: \"\(text)\"")) { try Port(text) }
    }
    #expect(try HostPort("") == .any)
    #expect(try HostPort("0") == .any)
    #expect(try HostPort("8080") == .range(8080...8080))
    #expect(try HostPort("8000-8010") == .range(8000...8010))
    for text in ["9-8", "x", "1-", "70000", "0-3"] { #expect(throws: InvalidValue.self) { try HostPort(text) } }
  }

  @Test(arguments: [
    ("/data", BindSpecification(target: "/data")),
    ("/a:/b", BindSpecification(source: "/a", target: "/b")),
    ("/a/../c:/b/:ro", BindSpecification(source: "/c", target: "/b", readOnly: true, mode: "ro")),
    (
      "vol:/b:nocopy,ro",
      BindSpecification(source: "vol", target: "/b", readOnly: true, noCopy: true, mode: "nocopy,ro")
    ),
    ("/a:/b:rshared,Z", BindSpecification(source: "/a", target: "/b", propagation: "rshared", mode: "rshared,Z")),
  ])
  func bindsAreRead(text: String, expected: BindSpecification) throws {
    #expect(try BindSpecification(text) == expected)
  }

  @Test(arguments: [
    ("", "invalid volume specification: ''"), (":/b", "invalid volume specification: ':/b'"),
    ("/a:ro", "invalid volume specification: '/a:ro'"), ("/a:/b:ro:x", "invalid volume specification: '/a:/b:ro:x'"),
    ("/a:/b:foo", "invalid volume specification: '/a:/b:foo': invalid mode: foo"),
    ("/a:/b:ro,rw", "invalid volume specification: '/a:/b:ro,rw': invalid mode: ro,rw"),
    (
      "/a:b",
      "invalid volume specification: '/a:b': invalid mount config for type \"bind\": invalid mount path: 'b' mount "
        + "path must be absolute"
    ),
    ("/a:/", "invalid volume specification: '/a:/': invalid specification: destination can't be '/'"),
    ("v1:/b:shared", "invalid volume specification: 'v1:/b:shared': invalid mode: shared"),
    (
      "a@b:/b",
      "\"a@b\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. "
        + "If you intended to pass a host directory, use absolute path"
    ),
  ])
  func badBindsSpeakDocker(text: String, message: String) {
    #expect(throws: InvalidValue(message)) { try BindSpecification(text) }
  }

  @Test func mountsAreChecked() throws {
    try Mount(type: "bind", source: "/a", target: "/b").validate()
    try Mount(type: "volume", target: "/b").validate()
    #expect(throws: InvalidValue("invalid mount config for type \"bind\": field Target must not be empty")) {
      try Mount(type: "bind", source: "/a").validate()
    }
    #expect(throws: InvalidValue("mount type unknown: \"floppy\"")) {
      try Mount(type: "floppy", target: "/b").validate()
    }
    #expect(throws: InvalidValue.self) {
      try Mount(type: "volume", source: "v", target: "/b", volumeOptions: VolumeOptions(subpath: "../x")).validate()
    }
  }

  @Test func policiesAndLimits() throws {
    #expect(try RestartPolicy().kind() == .no)
    #expect(try RestartPolicy(name: "on-failure", maximumRetryCount: 3).kind() == .onFailure)
    #expect(
      throws: InvalidValue(
        "invalid restart policy: unknown policy 'maybe'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'")
    ) { try RestartPolicy(name: "maybe").kind() }
    #expect(throws: InvalidValue.self) { try RestartPolicy(name: "always", maximumRetryCount: 1).kind() }
    #expect(try Ulimit("nofile=1024:2048") == Ulimit(name: "nofile", hard: 2048, soft: 1024))
    #expect(try Ulimit("core=-1").resource() == 4)
    for text in ["nofile", "x=1", "nofile=2:1", "nofile=-1:5", "nofile=a", "nofile=1:2:3"] {
      #expect(throws: InvalidValue.self, "\(text)") { try Ulimit(text) }
    }
  }

  @Test(arguments: [
    ("1024", 1024), ("32k", 32 << 10), ("32KiB", 32 << 10), ("1.5m", 3 << 19), ("2 GB", 2 << 30), ("0", 0),
    ("5b", 5),
  ])
  func sizesAreRead(text: String, bytes: Int64) throws {
    #expect(try ByteSize.parse(text) == bytes)
  }

  @Test(arguments: ["", "k", "-1", "1x", "1ib", "1.2.3k", "nan", "1e400", "99999999p", "1 k k"])
  func badSizesAreRefused(text: String) {
    #expect(throws: InvalidValue("invalid size: '\(text)'")) { try ByteSize.parse(text) }
  }

  @Test func sizesAreWritten() {
    #expect(ByteSize.decimal(0) == "0B")
    #expect(ByteSize.decimal(999) == "999B")
    #expect(ByteSize.decimal(4_860_000) == "4.86MB")
    #expect(ByteSize.decimal(195_400_000) == "195.4MB")
    #expect(ByteSize.decimal(1_000) == "1kB")
    #expect(ByteSize.binary(7_864_320) == "7.5MiB")
    #expect(ByteSize.binary(1 << 30) == "1GiB")
  }

  @Test func agesAreWords() {
    let words: [(Int64, String)] = [
      (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (150, "2 minutes"),
      (3600, "About an hour"), (7200, "2 hours"), (86400 * 3, "3 days"), (86400 * 20, "2 weeks"),
      (86400 * 100, "3 months"), (86400 * 800, "2 years"),
    ]
    for (seconds, text) in words { #expect(GoDuration.human(seconds: seconds) == text) }
    #expect((try? GoDuration.parse("1h30m")) == 5_400_000_000_000)
    #expect((try? GoDuration.parse("-1.5ms")) == -1_500_000)
    for text in ["", "5", "h", "1x", "."] {
      #expect(throws: InvalidValue.self, "\(text)") { try GoDuration.parse(text) }
    }
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0, 0), ("2026-03-01T12:00:00.5Z", 1_772_366_400, 500_000_000),
    ("0001-01-01T00:00:00Z", -62_135_596_800, 0), ("2000-02-29T23:59:59.000000001Z", 951_868_799, 1),
  ])
  func timesAreReadAndWritten(text: String, seconds: Int64, nanoseconds: Int32) throws {
    let moment = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
    #expect(Timestamp(rfc3339: text) == moment)
    #expect(moment.description == text)
  }

  @Test func timeOptionsAreRead() throws {
    let now = Timestamp(seconds: 1_000_000)
    #expect(try Timestamp(option: "10m", now: now) == Timestamp(seconds: 999_400))
    #expect(try Timestamp(option: "1700000000.5") == Timestamp(seconds: 1_700_000_000, nanoseconds: 500_000_000))
    #expect(try Timestamp(option: "1970-01-02") == Timestamp(seconds: 86400))
    #expect(try Timestamp(option: "1970-01-01T01:00:00+01:00") == Timestamp(seconds: 0))
    #expect(throws: InvalidValue.self) { try Timestamp(option: "yesterday") }
    for text in ["2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T25:00:00Z", "x", "2026-01-01T00:00:00.Z"] {
      #expect(Timestamp(rfc3339: text) == nil, "\(text)")
    }
  }

  @Test func filtersAreReadInBothForms() throws {
    let list = try JSON.decode(Filters.self, from: Array(#"{"label":["a","b=c"],"name":["web"]}"#.utf8))
    let map = try JSON.decode(
      Filters.self, from: Array(#"{"label":{"a":true,"b=c":true,"x":false},"name":{"web":true}}"#.utf8))
    #expect(list == map)
    #expect(list.matchesLabels("label", ["a": "", "b": "c"]))
    #expect(!list.matchesLabels("label", ["a": "", "b": "d"]))
    #expect(list.matches("name", "my-web-1"))
    #expect(!list.matches("name", "db"))
    #expect(list.matchesExactly("status", "anything"))
    #expect(Filters(["name": ["^/?web$"]]).matches("name", "/web"))
    #expect(!Filters(["name": ["^/?web$"]]).matches("name", "/web2"))
    #expect(throws: InvalidValue("invalid filter 'name'")) { try list.validate(["label"]) }
    #expect(try Filters(["dangling": ["1"]]).boolean("dangling", default: false))
    #expect(throws: InvalidValue.self) { try Filters(["dangling": ["x"]]).boolean("dangling", default: false) }
  }
}
