import EngineAPI
import Glibc
import HTTPTypes
import JSON
import Synchronization

@testable import Engine
@testable import EngineServer

/// Just enough of an engine behind the real server for a stock client to run through its habits: containers whose
/// program repeats its input line by line on stdout and says how much it was on stderr.
final class FakeEngine: Sendable {
  struct State {
    var started = false
    var requests: [String] = []
    var code = 3
  }
  let state = Mutex(State())
  private let (ended, end) = AsyncStream<Void>.makeStream()

  var requests: [String] { state.withLock { $0.requests } }

  private func note(_ text: String) { state.withLock { $0.requests.append(text) } }

  /// Docker's framing of an output: the stream's number, three zeros, the length.
  static func frame(_ stream: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    let count = UInt32(bytes.count)
    return [stream, 0, 0, 0, UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)]
      + bytes
  }

  /// - Parameter reads: whether the program waits for the end of its input.
  private func program(terminal: Bool, reads: Bool) throws -> AttachedStream {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
      throw EngineError(.internalError, "socketpair")
    }
    let far = ends[1]
    Task {
      try? await onThread {
        var count = 0
        var buffer = [UInt8](repeating: 0, count: 65536)
        func say(_ stream: UInt8, _ bytes: [UInt8]) {
          let bytes = terminal ? bytes : Self.frame(stream, bytes)
          _ = send(far, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
        while reads {
          let received = recv(far, &buffer, buffer.count, 0)
          guard received > 0 else { break }
          count += received
          say(1, Array(buffer.prefix(received)))
        }
        say(2, Array("\(count) bytes\n".utf8))
        close(far)
      }
      end.finish()
    }
    return AttachedStream(descriptor: StreamDescriptor(ends[0]), terminal: terminal)
  }

  var routes: [Route] {
    let id = String(repeating: "ab", count: 32)
    let inspect = ContainerInspect(
      id: id, created: "2026-01-01T00:00:00Z", path: "cat", state: ContainerState(status: "running", running: true),
      name: "/fake", hostConfig: HostConfig(logConfig: LogConfig(type: "json-file")).filled(),
      config: ContainerConfig(image: "busybox"), networkSettings: NetworkSettings())
    return [
      .reads(.get, "/_ping") { _ in .text("OK") },
      .reads(.head, "/_ping") { _ in .text("OK") },
      .reads(.get, "/version") { _ in
        try .json(
          SystemVersion(version: "0.1.0", apiVersion: "1.51", minAPIVersion: "1.24", os: "linux", arch: "amd64"))
      },
      .reads(.get, "/info") { request in
        try .json(SystemInfo(id: "x", driver: "overlay", name: request.caller.tls ?? "fake", serverVersion: "0.1.0"))
      },
      .changes(.post, "/containers/create", "create") { request in
        let body = try await request.decodeBody(ContainerCreateRequest.self)
        self.note("create \(body.config.image) \(request.query["name"] ?? "")")
        guard body.config.image != "missing" else {
          throw EngineError(.notFound, "No such image: missing:latest")
        }
        guard body.hostConfig.privileged != true else {
          throw EngineError(.forbidden, "no-privileged/create: privileged containers are not allowed [decision d1]")
        }
        return try .json(ContainerCreateResponse(id: id, warnings: ["mind the gap"]), status: .created)
      },
      .changes(.post, "/containers/{id}/attach", "attach") { request in
        self.note("attach")
        return .bridge(try self.program(terminal: false, reads: request.query.flag("stdin")), for: request)
      },
      .reads(.post, "/containers/{id}/wait", followsClient: true) { _ in
        self.note("wait")
        return .stream("application/json") { stream in
          try await stream.begin()
          for await _ in self.ended {}
          try await stream.writeLine(ContainerWaitResponse(statusCode: self.state.withLock { $0.code }))
        }
      },
      .changes(.post, "/containers/{id}/start", "start") { _ in
        self.note("start")
        return .noContent
      },
      .reads(.get, "/containers/{id}/json") { _ in try .json(inspect) },
      .reads(.get, "/containers/json") { _ in
        try .json([
          ContainerSummary(
            id: id, names: ["/fake"], image: "busybox", command: "cat", created: 1_700_000_000,
            ports: [PortSummary(ip: "0.0.0.0", privatePort: 80, publicPort: 8080, type: "tcp")], state: "running",
            status: "Up 3 minutes")
        ])
      },
      .reads(.get, "/containers/{id}/logs", followsClient: true) { _ in
        .stream(Reply.multiplexedStream) { stream in
          for number in 0..<3 { try await stream.write(Self.frame(1, Array("line \(number)\n".utf8))) }
        }
      },
      .changes(.post, "/containers/{id}/exec", "exec") { request in
        let config = try await request.decodeBody(ExecConfig.self)
        self.note("exec \((config.cmd ?? []).joined(separator: " "))")
        return try .json(ExecCreateResponse(id: "e1"), status: .created)
      },
      .changes(.post, "/exec/{id}/start", "exec") { request in
        _ = try await request.decodeOptionalBody(ExecStartConfig.self)
        return .bridge(try self.program(terminal: false, reads: true), for: request)
      },
      .reads(.get, "/exec/{id}/json") { _ in try .json(ExecInspect(id: "e1", exitCode: 7)) },
      .changes(.post, "/images/create", "pull") { request in
        self.note("pull \(request.query["fromImage"] ?? ""):\(request.query["tag"] ?? "")")
        return .stream("application/json") { stream in
          try await stream.writeLine(JSONMessage(status: "Pulling from library/busybox", id: "latest"), end: "\r\n")
          try await stream.writeLine(
            JSONMessage(
              status: "Downloading", progressDetail: JSONProgress(current: 1, total: 2), progress: "[=> ]", id: "aa"),
            end: "\r\n")
          try await stream.writeLine(JSONMessage(status: "Status: Downloaded newer image"), end: "\r\n")
        }
      },
      .reads(.get, "/events", followsClient: true) { _ in
        .stream("application/json") { stream in
          try await stream.writeLine(
            EventMessage(
              type: "container", action: "start", actor: EventActor(id: id, attributes: ["name": "fake"]),
              time: 1_700_000_000, timeNano: 1_700_000_000_000_000_000))
        }
      },
    ]
  }
}
