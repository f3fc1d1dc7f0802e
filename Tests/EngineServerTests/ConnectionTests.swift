import Engine
import EngineAPI
import Glibc
import HTTPTypes
import HummingbirdCore
import JSON
import NIOCore
import Synchronization
import Testing

@testable import EngineServer

/// The life of a connection: pipelining, chunked bodies, clients that go away, who they are, the server's end.
@Suite struct ConnectionTests {
  final class World: Sendable {
    let (cancelled, cancel) = AsyncStream<Void>.makeStream()
    let (released, release) = AsyncStream<Void>.makeStream()
  }

  static func routes(_ world: World) -> [Route] {
    [
      .reads(.get, "/hello") { request in .text("hello \(request.query["n"] ?? "")") },
      .reads(.get, "/who") { request in try .json(request.caller) },
      .changes(.post, "/create", "create") { request in
        try .json(try await request.decodeBody(VolumeCreateRequest.self))
      },
      .changes(.post, "/upload", "import") { request in
        var count = 0
        for try await part in request.body { count += part.readableBytes }
        return .text("\(count)")
      },
      .reads(.get, "/events", followsClient: true) { _ in
        .stream("application/json") { stream in
          try await stream.begin()
          try await stream.writeLine(EventMessage(type: "daemon", action: "first"))
          let (never, keep) = AsyncStream<Void>.makeStream()
          for await _ in never {}
          withExtendedLifetime(keep) {}
          world.cancel.finish()
          try Task.checkCancellation()
        }
      },
      .changes(.post, "/slow", "slow") { _ in
        for await _ in world.released {}
        return .text(String(repeating: "finished", count: 1 << 20))
      },
      .reads(.get, "/breaks") { _ in
        .stream("text/plain") { stream in
          try await stream.write(ByteBuffer(string: "part"))
          throw EngineError(.internalError, "the disk went away")
        }
      },
    ]
  }

  static func get(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    try await ServerFixture.with(Self.routes(World())) { server in
      let client = try server.client()
      try await client.send((0..<50).map { Self.get("/hello?n=\($0)") }.joined())
      for number in 0..<50 { #expect(try await client.response().body == "hello \(number)") }
    }
  }

  @Test func bodiesMayBeChunked() async throws {
    try await ServerFixture.with(Self.routes(World())) { server in
      let client = try server.client()
      let head = "POST /create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      try await client.send(head + "Transfer-Encoding: chunked\r\n\r\n8\r\n{\"Name\":\r\n")
      try await client.send("5\r\n\"vol\"\r\n1\r\n}\r\n0\r\n\r\n")
      #expect(try await client.response().body.contains(#""Name":"vol""#))
      try await client.send("POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
      for _ in 0..<100 { try await client.send("10000\r\n" + String(repeating: "a", count: 65536) + "\r\n") }
      try await client.send("0\r\n\r\n")
      #expect(try await client.response().body == "6553600")
    }
  }

  @Test func clientsMayAskBeforeTheySend() async throws {
    try await ServerFixture.with(Self.routes(World())) { server in
      let client = try server.client()
      try await client.send("POST /upload HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
      #expect(try await client.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100"))
      try await client.send("abc")
      #expect(try await client.response().body == "3")
    }
  }

  @Test func garbageIsABadRequest() async throws {
    try await ServerFixture.with(Self.routes(World())) { server in
      let client = try server.client()
      try await client.send("\u{16}\u{3}\u{1} not http at all\r\n\r\n")
      let answer = String(decoding: try await client.readToEnd(), as: UTF8.self)
      #expect(answer.hasPrefix("HTTP/1.1 400"))
      let next = try server.client()
      try await next.send(Self.get("/hello"))
      #expect(try await next.response().body == "hello ")
    }
  }

  @Test func aStreamIsCancelledWhenTheClientGoes() async throws {
    let world = World()
    try await ServerFixture.with(Self.routes(world)) { server in
      var client: RawClient? = try server.client()
      try await client?.send(Self.get("/events"))
      let head = try await client?.read(until: "\"first\"") ?? ""
      #expect(head.contains("transfer-encoding: chunked"))
      client = nil
      for await _ in world.cancelled {}
    }
  }

  @Test func aStreamThatBreaksEndsTheConnection() async throws {
    try await ServerFixture.with(Self.routes(World())) { server in
      let client = try server.client()
      try await client.send(Self.get("/breaks"))
      let all = String(decoding: try await client.readToEnd(), as: UTF8.self)
      #expect(all.contains("part"))
      #expect(!all.hasSuffix("0\r\n\r\n"))
    }
  }

  /// Streams are cut when the server ends; what changes something is finished and answered.
  @Test func theServersEndWaitsForChanges() async throws {
    let world = World()
    let reading = Mutex<Task<Int, any Error>?>(nil)
    try await ServerFixture.with(Self.routes(world)) { server in
      let slow = try server.client()
      try await slow.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
      let stream = try server.client()
      try await stream.send(Self.get("/events"))
      _ = try await stream.read(until: "\"first\"")
      reading.withLock { $0 = Task { try await slow.response().body.utf8.count } }
      Task {
        for await _ in world.cancelled {}
        world.release.finish()
      }
    }
    let task = try #require(reading.withLock { $0 })
    #expect(try await task.value == 8 << 20)
  }

  @Test func callersAreKnownByTheirSocket() async throws {
    try await ServerFixture.with(Self.routes(World())) { server in
      let client = try server.client()
      try await client.send(Self.get("/who"))
      let caller = try JSON.decode(Caller.self, from: Array(try await client.response().body.utf8))
      #expect(caller.uid == getuid())
      #expect(caller.gid == getgid())
      #expect(caller.pid == getpid())
      #expect(caller.user == "root" || getuid() != 0)
      #expect(caller.tls == nil)
    }
  }

  @Test func theSocketIsForItsGroupAlone() async throws {
    try await ServerFixture.with(Self.routes(World())) { server in
      var status = stat()
      #expect(lstat(server.socket, &status) == 0)
      #expect(status.st_mode & 0o777 == 0o660)
      #expect(status.st_mode & S_IFMT == S_IFSOCK)
      #expect(throws: EngineError.self) { _ = try UnixListener.bind(path: server.socket, group: nil) }
      #expect(throws: EngineError.self) { _ = try UnixListener.bind(path: "/etc/passwd", group: nil) }
    }
  }

  @Test func aLeftOverSocketIsReplaced() throws {
    let path = "/tmp/moonpool-test-\(UInt32.random(in: .min ... .max)).sock"
    defer { unlink(path) }
    let first = try UnixListener.bind(path: path, group: nil)
    close(first)
    let second = try UnixListener.bind(path: path, group: "0")
    close(second)
  }

  @Test func manyClientsAtOnce() async throws {
    try await ServerFixture.with(Self.routes(World())) { server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<100 {
          group.addTask {
            let client = try server.client()
            for _ in 0..<5 {
              try await client.send(Self.get("/hello?n=\(number)"))
              #expect(try await client.response().body == "hello \(number)")
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func addressesAreReadAsDockerWritesThem() throws {
    #expect(try ListenAddress("unix:///run/a.sock") == .unix(path: "/run/a.sock"))
    #expect(try ListenAddress("/run/a.sock") == .unix(path: "/run/a.sock"))
    #expect(try ListenAddress("tcp://0.0.0.0:2375") == .tcp(host: "0.0.0.0", port: 2375))
    #expect(try ListenAddress("tcp://[::1]:2376") == .tcp(host: "::1", port: 2376))
    #expect(try ListenAddress("tcp://:2375") == .tcp(host: "127.0.0.1", port: 2375))
    for text in [
      "unix://a", "tcp://x", "http://a:1", "fd://", "tcp://a:70000", "unix://" + String(repeating: "/a", count: 60),
    ] {
      #expect(throws: InvalidValue.self, "\(text)") { try ListenAddress(text) }
    }
  }
}
