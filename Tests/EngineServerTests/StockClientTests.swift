import Glibc
import Testing

@testable import EngineServer

/// The stock docker client against the server: its habits with streams, waits and errors.
@Suite struct StockClientTests {
  /// The docker client of `make peers`, else the machine's own.
  static let docker: String = {
    let checkout = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let peers = getenv("MOONPOOL_PEERS").map { String(cString: $0) } ?? "/\(checkout)/.cache/peers"
    let root = access("\(peers)/root/usr/bin/docker", X_OK) == 0 ? "\(peers)/root" : peers
    guard access("\(root)/usr/bin/docker", X_OK) == 0 else { return "docker" }
    let libraries = "\(root)/usr/lib/x86_64-linux-gnu:\(root)/lib/x86_64-linux-gnu"
    return "\(root)/lib64/ld-linux-x86-64.so.2 --library-path \(libraries) \(root)/usr/bin/docker"
  }()

  func docker(_ server: ServerFixture, _ arguments: String, input: String? = nil) async throws -> ShellResult {
    let pipe = input.map { "printf '%s' '\($0)' | " } ?? ""
    let config = "\(server.directory)/config"
    let result = try await shell(
      "\(pipe)DOCKER_CONFIG=\(config) timeout 20 \(Self.docker) -H unix://\(server.socket) \(arguments) 2>&1")
    rmdir(config)
    return result
  }

  @Test func versionIsNegotiated() async throws {
    try await ServerFixture.with(FakeEngine().routes) { server in
      let result = try await docker(server, "version --format '{{.Server.Version}} {{.Server.APIVersion}}'")
      #expect(result.output == "0.1.0 1.51\n")
      #expect(try await docker(server, "info --format '{{.Driver}} {{.Name}}'").output == "overlay fake\n")
    }
  }

  @Test func runAttachesWaitsAndStartsInThisOrder() async throws {
    let engine = FakeEngine()
    try await ServerFixture.with(engine.routes) { server in
      let result = try await docker(server, "run -i --name fake busybox cat", input: "one two")
      #expect(result.output.contains("one two"))
      #expect(result.output.contains("7 bytes\n"))
      #expect(result.output.contains("WARNING: mind the gap"))
      #expect(result.status == 3)
      #expect(engine.requests == ["create busybox fake", "attach", "wait", "start"])
    }
  }

  @Test func runWithoutInput() async throws {
    let engine = FakeEngine()
    try await ServerFixture.with(engine.routes) { server in
      let result = try await docker(server, "run --rm busybox true")
      #expect(result.output.contains("0 bytes\n"))
      #expect(result.status == 3)
    }
  }

  @Test func execHasItsInputAndItsCode() async throws {
    let engine = FakeEngine()
    try await ServerFixture.with(engine.routes) { server in
      let result = try await docker(server, "exec -i fake cat -n", input: "abc")
      #expect(result.output.contains("abc"))
      #expect(result.output.contains("3 bytes"))
      #expect(result.status == 7)
      #expect(engine.requests == ["exec cat -n"])
    }
  }

  @Test func denialsArePrinted() async throws {
    try await ServerFixture.with(FakeEngine().routes) { server in
      let result = try await docker(server, "run --privileged busybox true")
      #expect(result.status == 125)
      #expect(result.output.contains("no-privileged/create: privileged containers are not allowed [decision d1]"))
      let swarm = try await docker(server, "node ls")
      #expect(swarm.status == 1)
    }
  }

  @Test func aMissingImageIsPulled() async throws {
    let engine = FakeEngine()
    try await ServerFixture.with(engine.routes) { server in
      let result = try await docker(server, "run missing true")
      #expect(result.status == 125)
      #expect(result.output.contains("Unable to find image 'missing:latest' locally"))
      #expect(engine.requests.contains("pull docker.io/library/missing:latest"))
    }
  }

  @Test func listsLogsEventsAndPulls() async throws {
    try await ServerFixture.with(FakeEngine().routes) { server in
      let list = try await docker(server, "ps --format '{{.Names}} {{.Ports}} {{.Status}}'")
      #expect(list.output == "fake 0.0.0.0:8080->80/tcp Up 3 minutes\n")
      #expect(try await docker(server, "logs fake").output == "line 0\nline 1\nline 2\n")
      #expect(try await docker(server, "events").output.contains("container start abab"))
      #expect(try await docker(server, "pull busybox").output.contains("Status: Downloaded newer image"))
      #expect(
        try await docker(server, "inspect fake --format '{{.State.Status}} {{.HostConfig.Memory}}'").output
          == "running 0\n")
    }
  }
}
