import Glibc
import HTTPTypes
import Synchronization
import Testing

@testable import Engine
@testable import EngineServer

/// The connection handed over to a stream: what attach and exec do.
@Suite struct BridgeTests {
  /// A program at the far end of the stream.
  enum Program: String, Sendable {
    /// Sends everything back as it comes, says `END <count>` at the end of its input, and goes.
    case echo
    /// Says `bye` and goes without reading.
    case leaves
    /// Says `done`, closes its output, and counts its input afterwards.
    case endsOutput
    /// Sends 64 MiB and goes.
    case floods
    /// Does not read at all until told to, then counts.
    case sleeps
  }

  struct Report: Sendable {
    var received = 0
    var sent = 0
    var sawEnd = false
  }

  final class World: Sendable {
    let report = Mutex(Report())
    let (finished, finish) = AsyncStream<Void>.makeStream()
    let (woken, wake) = AsyncStream<Void>.makeStream()

    func start(_ program: Program) throws -> AttachedStream {
      var ends: [Int32] = [-1, -1]
      guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
        throw RawClient.Failure(description: "socketpair")
      }
      let far = ends[1]
      Task {
        if program == .sleeps {
          var iterator = woken.makeAsyncIterator()
          _ = await iterator.next()
        }
        try? await onThread { self.run(program, far) }
        finish.finish()
      }
      return AttachedStream(descriptor: StreamDescriptor(ends[0]), terminal: program == .echo)
    }

    private func run(_ program: Program, _ far: Int32) {
      defer { close(far) }
      func say(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
          let count = bytes[sent...].withUnsafeBytes { send(far, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
          guard count > 0 else { return }
          sent += count
          report.withLock { $0.sent += count }
        }
      }
      switch program {
      case .leaves:
        say(Array("bye".utf8))
        return
      case .floods:
        for _ in 0..<1024 { say([UInt8](repeating: 7, count: 65536)) }
        return
      case .endsOutput:
        say(Array("done".utf8))
        shutdown(far, Int32(SHUT_WR))
      case .echo, .sleeps: break
      }
      var buffer = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = recv(far, &buffer, buffer.count, 0)
        guard count > 0 else {
          report.withLock { $0.sawEnd = count == 0 }
          break
        }
        report.withLock { $0.received += count }
        if program == .echo { say(Array(buffer.prefix(count))) }
      }
      if program == .echo { say(Array("END \(report.withLock { $0.received })".utf8)) }
    }

    var now: Report { report.withLock { $0 } }

    func waitForEnd() async {
      for await _ in finished {}
    }
  }

  static func routes(_ world: World) -> [Route] {
    [
      .changes(.post, "/attach/{program}", "attach") { request in
        .bridge(try world.start(Program(rawValue: request["program"]) ?? .echo), for: request)
      },
      .changes(.post, "/exec/start", "exec") { request in
        _ = try await request.decodeOptionalBody([String: Bool].self)
        return .bridge(try world.start(.echo), for: request)
      },
      .changes(.post, "/refuse", "attach") { _ in throw EngineError(.notFound, "No such container: x") },
      .reads(.get, "/hello") { _ in .text("hello") },
    ]
  }

  static func upgrade(_ path: String, body: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  @Test func upgradesAndHalfCloses() async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      let client = try server.client()
      try await client.send(Self.upgrade("/attach/echo"))
      let head = try await client.read(until: "\r\n\r\n")
      #expect(head.hasPrefix("HTTP/1.1 101 UPGRADED\r\n"))
      #expect(head.contains("Upgrade: tcp\r\n"))
      #expect(head.contains("Connection: Upgrade\r\n"))
      #expect(head.contains("Content-Type: application/vnd.docker.raw-stream\r\n"))
      try await client.send("abc")
      #expect(try await client.read(count: 3) == Array("abc".utf8))
      client.endInput()
      #expect(String(decoding: try await client.readToEnd(), as: UTF8.self) == "END 3")
      await world.waitForEnd()
      #expect(world.now.sawEnd)
    }
  }

  @Test func theOlderFormIsAnUnframed200() async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      let early = try server.client()
      try await early.send("POST /attach/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
      early.endInput()
      #expect(String(decoding: try await early.readToEnd(), as: UTF8.self).hasSuffix("\r\n\r\nEND 0"))
      let client = try server.client()
      try await client.send("POST /v1.41/attach/leaves HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
      let head = try await client.read(until: "\r\n\r\n")
      #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(!head.lowercased().contains("transfer-encoding"))
      #expect(!head.lowercased().contains("content-length"))
      #expect(String(decoding: try await client.readToEnd(), as: UTF8.self) == "bye")
    }
  }

  @Test func framedStreamsAreNamedSince142() async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      for (path, type) in [
        ("/v1.42/attach/leaves", "application/vnd.docker.multiplexed-stream"),
        ("/v1.41/attach/leaves", "application/vnd.docker.raw-stream"),
      ] {
        let client = try server.client()
        try await client.send(Self.upgrade(path))
        #expect(try await client.read(until: "\r\n\r\n").contains("Content-Type: \(type)\r\n"))
        _ = try await client.readToEnd()
      }
    }
  }

  /// docker-py upgrades a pooled connection, and exec start carries a body.
  @Test func upgradesALaterRequestWithABody() async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      let client = try server.client()
      try await client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(try await client.response().body == "hello")
      try await client.send(Self.upgrade("/exec/start", body: #"{"Detach":false,"Tty":true}"#))
      #expect(try await client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101"))
      try await client.send("x")
      client.endInput()
      #expect(String(decoding: try await client.readToEnd(), as: UTF8.self) == "xEND 1")
    }
  }

  /// Bytes that follow the request at once, and the end of the input with them, are not lost with the HTTP decoder.
  @Test(arguments: ["", #"{"Tty":true}"#]) func keepsWhatIsSentAhead(body: String) async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      for _ in 0..<20 {
        let client = try server.client()
        try await client.send(Self.upgrade("/exec/start", body: body) + "ahead")
        client.endInput()
        let all = String(decoding: try await client.readToEnd(), as: UTF8.self)
        #expect(all.hasSuffix("\r\n\r\naheadEND \(world.now.received)"), "\(all)")
        world.report.withLock { $0 = Report() }
      }
    }
  }

  @Test func aRefusedUpgradeIsAnErrorAndTheEnd() async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      for path in ["/refuse", "/nowhere"] {
        let client = try server.client()
        try await client.send(Self.upgrade(path) + "stdin that nobody wants")
        let (head, body) = try await client.response()
        #expect(head.hasPrefix("HTTP/1.1 404"))
        #expect(head.lowercased().contains("connection: close"))
        #expect(body.contains("message"))
        #expect(try await client.readToEnd().isEmpty)
      }
    }
  }

  @Test func theFarEndMayGoFirst() async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      let client = try server.client()
      try await client.send(Self.upgrade("/attach/leaves"))
      _ = try await client.read(until: "\r\n\r\n")
      #expect(String(decoding: try await client.readToEnd(), as: UTF8.self) == "bye")
    }
  }

  @Test func theFarEndMayCloseItsOutputAlone() async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      let client = try server.client()
      try await client.send(Self.upgrade("/attach/endsOutput"))
      _ = try await client.read(until: "\r\n\r\n")
      #expect(String(decoding: try await client.readToEnd(), as: UTF8.self) == "done")
      try await client.send([UInt8](repeating: 1, count: 300_000))
      client.endInput()
      await world.waitForEnd()
      #expect(world.now.received == 300_000)
      #expect(world.now.sawEnd)
    }
  }

  @Test func aClientThatGoesAwayEndsTheStream() async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      var client: RawClient? = try server.client()
      try await client?.send(Self.upgrade("/attach/echo"))
      _ = try await client?.read(until: "\r\n\r\n")
      client = nil
      await world.waitForEnd()
    }
  }

  @Test func aSlowClientHoldsTheFarEndBack() async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      let client = try server.client()
      try await client.send(Self.upgrade("/attach/floods"))
      _ = try await client.read(until: "\r\n\r\n")
      try await Task.sleep(for: .milliseconds(300))
      #expect(world.now.sent < 8 << 20, "the server buffers what nobody reads")
      #expect(try await client.readToEnd().count >= (64 << 20) - (1 << 16))
      #expect(world.now.sent == 64 << 20)
    }
  }

  @Test func aSlowFarEndHoldsTheClientBack() async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      let client = try server.client()
      try await client.send(Self.upgrade("/attach/sleeps"))
      _ = try await client.read(until: "\r\n\r\n")
      let total = 32 << 20
      let sent = Mutex(false)
      async let sending: Void = {
        try await client.send([UInt8](repeating: 1, count: total))
        sent.withLock { $0 = true }
        client.endInput()
      }()
      try await Task.sleep(for: .milliseconds(300))
      #expect(!sent.withLock { $0 })
      world.wake.finish()
      try await sending
      await world.waitForEnd()
      #expect(world.now.received == total)
    }
  }

  /// Who is attached does not keep the server from ending.
  @Test func theServersEndClosesBridges() async throws {
    let world = World()
    let kept = Mutex<RawClient?>(nil)
    let began = ContinuousClock.now
    try await ServerFixture.with(Self.routes(world)) { server in
      let client = try server.client()
      try await client.send(Self.upgrade("/attach/echo"))
      _ = try await client.read(until: "\r\n\r\n")
      kept.withLock { $0 = client }
    }
    #expect(ContinuousClock.now - began < .seconds(4), "it waited for the time that changes have")
    let client = try #require(kept.withLock { $0 })
    #expect(String(decoding: try await client.readToEnd(), as: UTF8.self).isEmpty)
    await world.waitForEnd()
  }
}
