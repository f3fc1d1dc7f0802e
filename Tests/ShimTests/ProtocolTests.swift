import CLinux
import Glibc
import JSON
import LinuxSystem
import OCI
import ShimProtocol
import Testing

/// What goes over the socket, byte for byte: an old shim meets a new daemon.
@Suite struct ProtocolTests {
  static let messages: [(name: String, message: ShimMessage)] = [
    ("hello", .request(id: 1, .hello(ShimHello(version: 1, sender: "daemon", pid: 42)))),
    ("lend", .request(id: 2, .lend([.networkNamespace, .netlink, .kept("tcp/80")]))),
    ("start", .request(id: 3, .start)),
    ("signal", .request(id: 4, .signal(SignalRequest(number: 15, all: false, exec: "e1")))),
    ("resize", .request(id: 5, .resize(ResizeRequest(exec: nil, width: 120, height: 40)))),
    ("attach", .request(id: 6, .attach(AttachRequest(flags: AttachFlags(stdin: true, raw: true))))),
    ("update", .request(id: 7, .update(RuntimeResources(pids: RuntimePids(limit: 9))))),
    ("keep", .request(id: 8, .keep(["udp/53"]))),
    ("acknowledge-container", .request(id: 9, .acknowledge(exec: nil))),
    ("acknowledge-exec", .request(id: 10, .acknowledge(exec: "e1"))),
    (
      "exec",
      .request(
        id: 11,
        .exec(
          ExecSpec(
            id: "e1", process: RuntimeProcess(args: ["sh"], env: ["A=b"], cwd: "/"), terminal: true, width: 80,
            height: 24, openStdin: true, attach: AttachFlags(), seccomp: Bytes([6, 0, 0, 0]))))
    ),
    ("done", .response(id: 3, .done)),
    ("failed", .response(id: 3, .failed(ShimProtocolError(.system, "no", step: "pivot root", errno: 13)))),
    (
      "state",
      .response(
        id: 12,
        .state(
          ShimState(
            id: "c1", phase: .running, pid: 5, startTime: 6, startedAt: 7,
            execs: [.init(id: "e1", pid: 8, exit: ExitStatus(code: 137, signal: 9))])))
    ),
    (
      "created",
      .event(
        .created(ContainerCreated(pid: 5, startTime: 6, descriptors: [.networkNamespace, .netlink])))
    ),
    ("exited", .event(.exited(ExitStatus(code: 1, oomKilled: true, startedAt: 2, finishedAt: 3, error: "e")))),
    ("oom", .event(.oom)),
    ("log-error", .event(.logError(LogFailure(message: "full", errno: 28, droppedLines: 3)))),
  ]

  /// Tests/ShimTests/Golden/NAME.hex holds version 1 of each message. A change here breaks running containers: add
  /// a key instead, and a file for it.
  @Test(arguments: messages.map(\.name)) func messagesAreTheGoldenBytes(name: String) throws {
    let message = try #require(Self.messages.first { $0.name == name }?.message)
    let bytes = try message.encoded()
    let path = Self.golden + "/\(name).hex"
    if getenv("MOONPOOL_WRITE_GOLDEN") != nil { try File.replace(path, with: Array(hex(bytes).utf8), mode: 0o644) }
    let golden = try File.readText(path).filter { !$0.isWhitespace }
    #expect(hex(bytes).filter { !$0.isWhitespace } == golden)
    // And back: what the bytes say is the message again.
    #expect(try ShimMessage(decoding: bytes).encoded() == bytes)
  }

  @Test func anUnknownRequestIsAnsweredAndAnUnknownEventIgnored() throws {
    let request = CBOR.encode(["kind": 0, "id": 5, "name": "teleport", "body": ["where": "moon"]] as JSONValue)
    guard case .unsupported(let id, let error) = try ShimMessage(decoding: request) else {
      throw TestFailure("decoded")
    }
    #expect(id == 5 && error.code == .unknownRequest && error.message.contains("teleport"))
    let event = CBOR.encode(["kind": 2, "name": "sunrise", "body": [1]] as JSONValue)
    guard case .event(.unknown("sunrise")) = try ShimMessage(decoding: event) else { throw TestFailure("decoded") }
  }

  @Test func unknownKeysAreIgnoredAndMissingOnesAnswered() throws {
    let more = CBOR.encode(
      ["kind": 0, "id": 5, "name": "signal", "later": true, "body": ["number": 9, "all": true, "new": [1, 2]]]
        as JSONValue)
    guard case .request(5, .signal(let signal)) = try ShimMessage(decoding: more) else { throw TestFailure("decoded") }
    #expect(signal == SignalRequest(number: 9, all: true))
    let less = CBOR.encode(["kind": 0, "id": 6, "name": "signal", "body": ["all": true]] as JSONValue)
    guard case .unsupported(6, let error) = try ShimMessage(decoding: less) else { throw TestFailure("decoded") }
    #expect(error.code == .malformed && error.message.contains("number"))
  }

  @Test(arguments: [[], [0xFF], [0xA0], [0xA1, 0x64], [0x80], [0x9F]] as [[UInt8]])
  func bytesThatAreNoMessageAreRefused(bytes: [UInt8]) {
    #expect(throws: ShimProtocolError.self) { try ShimMessage(decoding: bytes) }
  }

  @Test func everyTruncationAndEveryFlippedByteIsDecodedOrRefused() throws {
    for (_, message) in Self.messages {
      let bytes = try message.encoded()
      for length in 0..<bytes.count { _ = try? ShimMessage(decoding: Array(bytes[..<length])) }
      for index in bytes.indices {
        for bit in 0..<8 {
          var damaged = bytes
          damaged[index] ^= 1 << UInt8(bit)
          _ = try? ShimMessage(decoding: damaged)
        }
      }
    }
  }

  @Test func aSpecSurvivesItsEncodingAndALaterVersionIsRefused() throws {
    var spec = LaunchSpec(
      id: "c", runtime: RuntimeSpec(process: RuntimeProcess(args: ["x"])), rootfs: "/r", seccomp: Bytes([1, 2]),
      exitFile: "/e", runDirectory: "/d", keep: ["a"])
    spec.log = LogSpec(kind: .local, path: "/l", maxSize: 5, maxFiles: 2, attributes: ["k": "v"])
    let read = try LaunchSpec(decoding: try spec.encoded())
    #expect(try read.encoded() == spec.encoded())
    #expect(read.runtime == spec.runtime && read.log == spec.log && read.seccomp == spec.seccomp)
    spec.version = 2
    let later = spec
    let error = #expect(throws: ShimProtocolError.self) { try LaunchSpec(decoding: later.encoded()) }
    #expect(error?.code == .version)
  }

  @Test func descriptorsAndLargeMessagesArrive() throws {
    var ends: [Int32] = [-1, -1]
    try check(cl_socketpair(Int32(CL_SOCK_SEQPACKET), &ends), "socketpair")
    let near = OwnedDescriptor(owning: ends[0])
    let far = OwnedDescriptor(owning: ends[1])
    let labels = (0..<40_000).map { "label-\($0)" }
    let null = try OwnedDescriptor.open("/dev/null")
    _ = try ShimSocket.send(
      .request(id: 1, .keep(labels)), descriptors: [null.rawValue, null.rawValue], on: near.rawValue)
    let received = try #require(try ShimSocket.receive(on: far.rawValue))
    guard case .request(1, .keep(let got)) = received.message else { throw TestFailure("\(received.message)") }
    // The memory's own descriptor is not among them.
    #expect(got == labels && received.descriptors.count == 2)
    #expect(received.descriptors.takeRaw().map { close($0) } == 0)
    near.close()
    let error = #expect(throws: ShimProtocolError.self) { try ShimSocket.receive(on: ends[1]) }
    #expect(error?.code == .disconnected)
    far.close()
  }

  private static let golden: String = {
    let file = #filePath
    return (file.lastIndex(of: "/").map { String(file[..<$0]) } ?? ".") + "/Golden"
  }()

  /// 32 bytes a line.
  private func hex(_ bytes: [UInt8]) -> String {
    var text = ""
    for (index, byte) in bytes.enumerated() {
      text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
      if index % 32 == 31 { text += "\n" }
    }
    return text + "\n"
  }
}
