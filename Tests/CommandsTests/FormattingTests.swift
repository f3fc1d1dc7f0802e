import JSON
import Testing

@testable import Commands

@Suite struct FormattingTests {
  @Test func columnsAreAsWideAsDockersAre() {
    let table = Table(rows: [["CONTAINER ID", "IMAGE", "NAMES"], ["abc", "alpine:3.20-with-a-name", "web"]])
    #expect(
      table.lines() == [
        "CONTAINER ID   IMAGE                     NAMES", "abc            alpine:3.20-with-a-name   web",
      ])
  }

  @Test(arguments: [
    (0, "0B"), (999, "999B"), (1234, "1.23kB"), (12345, "12.3kB"), (123_456, "123kB"), (77_800_000, "77.8MB"),
    (1_090_000_000, "1.09GB"), (5_000_000, "5MB"),
  ]) func imageSizes(bytes: Int64, expected: String) {
    #expect(Human.imageSize(bytes) == expected)
  }

  @Test(arguments: [
    ("[]", ""), (#"[{"PrivatePort":80,"Type":"tcp"}]"#, "80/tcp"),
    (#"[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}]"#, "0.0.0.0:8080->80/tcp"),
    (#"[{"IP":"::","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}]"#, "[::]:8080->80/tcp"),
    (
      #"[{"PrivatePort":81,"Type":"tcp"},{"PrivatePort":80,"Type":"tcp"},{"PrivatePort":53,"Type":"udp"}]"#,
      "53/udp, 80-81/tcp"
    ),
  ]) func ports(json: String, expected: String) throws {
    #expect(PortList.text(try JSON.parse(json).arrayValue ?? []) == expected)
  }

  @Test func aRowOfPS() throws {
    let container = try JSON.parse(
      #"""
      {"Id":"0123456789abcdef","Names":["/web","/other/link"],"Image":"nginx@sha256:abc","ImageID":"sha256:1",
       "Command":"nginx -g daemon off; and more","Created":1,"Ports":[],"Labels":{"b":"2","a":"1"},"State":"running",
       "Status":"Up 5 seconds","NetworkSettings":{"Networks":{"bridge":{}}},"Mounts":[]}
      """#)
    let row = ListCommand.row(container, truncates: true)
    #expect(row["ID"] == "0123456789ab")
    #expect(row["Names"] == "web")
    #expect(row["Image"] == "nginx")
    #expect(row["Command"] == "\"nginx -g daemon off…\"")
    #expect(row["Labels"] == "a=1,b=2")
    #expect(row["Networks"] == "bridge")
    #expect(try Template("{{.ID}} {{.Names}}", missing: .unknownField).render(.object(row)) == "0123456789ab web")
    #expect(
      try Template("{{.ID}}\t{{.Status}}").heading(["ID": "CONTAINER ID", "Status": "STATUS"]) == "CONTAINER ID\tSTATUS"
    )
  }

  @Test(
    arguments: [
      ("ctrl-p,ctrl-q", [16, 17]), ("a", [97]), ("ctrl-@,ctrl-[,DEL", [0, 27, 127]),
    ] as [(String, [UInt8])]) func detachKeys(text: String, expected: [UInt8]) throws
  {
    #expect(try DetachKeys(text).sequence == expected)
  }

  @Test func detachKeysAreHeldBackUntilTheyAreSure() {
    var filter = DetachFilter(.standard)
    #expect(filter.feed([97, 16]) == (passed: [97], isDetached: false))
    #expect(filter.feed([98]) == (passed: [16, 98], isDetached: false))
    #expect(filter.feed([16, 16]) == (passed: [16], isDetached: false))
    #expect(filter.feed([17, 99]) == (passed: [], isDetached: true))
  }

  @Test(arguments: [
    ("nginx", "nginx:latest", "docker.io/library/nginx:latest"), ("a/b:1", "a/b:1", "docker.io/a/b:1"),
    ("localhost:5000/x", "localhost:5000/x:latest", "localhost:5000/x:latest"),
    ("x@sha256:ab", "x@sha256:ab", "docker.io/library/x@sha256:ab"),
  ]) func references(text: String, full: String, canonical: String) {
    #expect(ImagePull.full(text) == full)
    #expect(PullCommand.canonical(full) == canonical)
  }

  @Test func commaSeparatedFieldsMayBeQuoted() throws {
    #expect(try CommaSeparated.fields(#"a=1,"b=x,y",c"#) == ["a=1", "b=x,y", "c"])
    #expect(throws: UsageError.self) { try CommaSeparated.fields(#"a,"b"#) }
  }
}

@Suite struct ProgressTests {
  @Test(arguments: [
    (40, "500B/1kB"), (80, "[============>            ]  500B/1kB"),
    (120, "[=========================>                         ]  500B/1kB"),
  ]) func theBarFitsTheTerminal(width: Int, expected: String) throws {
    #expect(ProgressDisplay.progress(["current": 500, "total": 1000], width: width) == expected)
  }

  @Test func withoutATotalThereIsNoBar() {
    #expect(ProgressDisplay.progress(["current": 1500], width: 120) == "1.5kB")
    #expect(ProgressDisplay.progress(nil, width: 120).isEmpty)
  }
}
