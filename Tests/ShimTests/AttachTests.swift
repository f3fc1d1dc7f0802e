import CLinux
import Glibc
import LinuxSystem
import OCI
import ShimProtocol
import Synchronization
import Testing

/// Streams of containers and execs.
@Suite(.serialized) struct AttachTests {
  private let framed = AttachFlags(stdin: true, stdout: true, stderr: true)
  private let raw = AttachFlags(stdin: true, stdout: true, stderr: true, raw: true)

  @Test func outputComesInDockersFrames() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.launch(fixture.spec("echo out; echo err >&2"))
      var stream = try AttachedStream()
      try daemon.done(.attach(AttachRequest(flags: framed)), descriptors: [stream.farNumber])
      stream.given()
      try daemon.done(.start)
      let output = try AttachedStream.demultiplex(try stream.readToEnd())
      #expect(output == ("out\n", "err\n"))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func inputArrivesAndItsEndToo() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.launch(
        fixture.spec(arguments: ["cat"]) { $0.stdio = StdioSpec(openStdin: true, stdinOnce: true) })
      var stream = try AttachedStream()
      try daemon.done(.attach(AttachRequest(flags: raw)), descriptors: [stream.farNumber])
      stream.given()
      // Before the program runs.
      try stream.write("early\n")
      try daemon.done(.start)
      try stream.write("late\n")
      stream.endInput()
      #expect(String(decoding: try stream.readToEnd(), as: UTF8.self) == "early\nlate\n")
      #expect(try daemon.exited().code == 0)
      #expect(try fixture.log().map(\.text).joined() == "early\nlate\n")
      try fixture.finish(daemon)
    }
  }

  @Test func aLargeInputGoesThroughASlowProgram() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.launch(
        fixture.spec("sleep 0.2; cat | head -c 3000000 | cat >/tmp/copy; echo done") {
          $0.stdio = StdioSpec(openStdin: true, stdinOnce: true)
        })
      var stream = try AttachedStream()
      try daemon.done(.attach(AttachRequest(flags: raw)), descriptors: [stream.farNumber])
      stream.given()
      try daemon.done(.start)
      let data = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      try stream.near.writeAll(data)
      stream.endInput()
      #expect(String(decoding: try stream.readToEnd(), as: UTF8.self) == "done\n")
      #expect(try File.read(fixture.rootfs + "/tmp/copy") == data)
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func withoutStdinOnceTheNextClientGoesOn() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(
        fixture.spec("while read line; do echo got $line; done") { $0.stdio = StdioSpec(openStdin: true) })
      for word in ["one", "two"] {
        var stream = try AttachedStream()
        try daemon.done(.attach(AttachRequest(flags: raw)), descriptors: [stream.farNumber])
        stream.given()
        try stream.write(word + "\n")
        let wanted = Array("got \(word)\n".utf8)
        #expect(try stream.read { $0.count >= wanted.count } == wanted)
        // Closing everything is a client that goes away.
      }
      #expect(try daemon.state().phase == .running)
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func manyClientsSeeTheSameAndOneThatStopsReadingOnlyWaits() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.launch(fixture.spec("seq 1 200000; echo end"))
      var fast = try AttachedStream()
      var slow = try AttachedStream()
      try daemon.done(.attach(AttachRequest(flags: raw)), descriptors: [fast.farNumber])
      try daemon.done(.attach(AttachRequest(flags: framed)), descriptors: [slow.farNumber])
      fast.given()
      slow.given()
      try daemon.done(.start)
      usleep(100_000)
      // Nothing was read by anybody: the container waits in its write.
      #expect(try daemon.state().phase == .running)
      let wanted = (1...200_000).map { "\($0)\n" }.joined() + "end\n"
      let reader = try fast.near.duplicate().release()
      let first = Thread { try AttachedStream.drain(reader) }
      let second = try AttachedStream.demultiplex(try slow.readToEnd()).stdout
      #expect(try first.value() == Array(wanted.utf8))
      #expect(second == wanted)
      _ = try daemon.exited()
      #expect(try fixture.log().map(\.text).joined() == wanted)
      try fixture.finish(daemon)
    }
  }

  @Test func aTerminalEchoesAndResizes() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.launch(
        fixture.spec("read x; stty size; tty -s && echo \"it is $x\"; exit 5") {
          $0.stdio = StdioSpec(terminal: true, openStdin: true, stdinOnce: true, width: 80, height: 25)
        })
      var stream = try AttachedStream()
      try daemon.done(.attach(AttachRequest(flags: framed)), descriptors: [stream.farNumber])
      stream.given()
      try daemon.done(.start)
      try daemon.done(.resize(ResizeRequest(width: 111, height: 44)))
      try stream.write("a terminal\n")
      // Never framed, and newlines as terminals write them.
      let output = String(decoding: try stream.readToEnd(), as: UTF8.self)
      #expect(output == "a terminal\r\n44 111\r\n" || output.hasPrefix("a terminal\r\n44 111\r\n"))
      _ = try daemon.exited()
      let log = try fixture.log()
      #expect(log.allSatisfy { $0.stream == "stdout" } && log.contains { $0.text == "44 111\r\n" })
      try fixture.finish(daemon)
    }
  }

  @Test func resizeWithoutATerminalIsRefused() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("sleep 1000"))
      #expect(try daemon.failure(.resize(ResizeRequest(width: 1, height: 1))).errno == ENOTTY)
      #expect(try daemon.failure(.attach(AttachRequest(flags: raw))).code == .invalid)
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  // MARK: Execs

  @Test func anExecRunsInTheContainer() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("sleep 1000"))
      var stream = try AttachedStream()
      let spec = exec("one", "cat; cat /proc/1/comm; echo $0 >&2; exit 6") {
        $0.openStdin = true
        $0.attach = framed
      }
      guard case .exec(let started) = try daemon.ask(.exec(spec), descriptors: [stream.farNumber]).response else {
        throw TestFailure("exec")
      }
      stream.given()
      #expect(started.id == "one" && started.pid > 0)
      try stream.write("input\n")
      stream.endInput()
      let output = try AttachedStream.demultiplex(try stream.readToEnd())
      #expect(output.stdout == "input\nsleep\n" && output.stderr == "/bin/sh\n")
      let status = try daemon.execExited("one")
      #expect(status.code == 6 && status.startedAt > 0)
      #expect(try daemon.state().execs.map(\.exit) == [status])
      try daemon.done(.acknowledge(exec: "one"))
      #expect(try daemon.state().execs.isEmpty)
      #expect(try daemon.failure(.acknowledge(exec: "one")).code == .notFound)
      // Its output is not the container's log.
      #expect(((try? fixture.log()) ?? []).isEmpty)
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func execsThatCannotRunSayWhy() throws {
    try ShimFixture.with { fixture in
      try File.replace(fixture.rootfs + "/bin/plain", with: Array("x".utf8), mode: 0o644)
      let daemon = try fixture.run(fixture.spec("sleep 1000"))
      var missing = exec("a", "")
      missing.process.args = ["nothing-here"]
      #expect(try daemon.failure(.exec(missing)).code == .commandNotFound)
      missing.process.args = ["/bin/plain"]
      #expect(try daemon.failure(.exec(missing)).code == .commandNotExecutable)
      missing.process.args = []
      #expect(try daemon.failure(.exec(missing)).code == .invalid)
      // The id is free again.
      #expect(try daemon.ask(.exec(exec("a", "exit 0"))).response.name == "exec")
      #expect(try daemon.execExited("a").code == 0)
      try daemon.done(.pause)
      #expect(try daemon.failure(.exec(exec("b", "true"))).code == .conflict)
      try daemon.done(.resume)
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      #expect(try daemon.failure(.exec(exec("c", "true"))).code == .conflict)
      try fixture.finish(daemon)
    }
  }

  @Test func aTerminalExecIsResizedAndKilled() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("sleep 1000"))
      var stream = try AttachedStream()
      let spec = exec("tty", "stty size; read x; stty size; sleep 1000") {
        $0.terminal = true
        $0.width = 90
        $0.height = 30
        $0.openStdin = true
        $0.attach = framed
      }
      #expect(try daemon.ask(.exec(spec), descriptors: [stream.farNumber]).response.name == "exec")
      stream.given()
      _ = try stream.read { String(decoding: $0, as: UTF8.self).contains("30 90\r\n") }
      try daemon.done(.resize(ResizeRequest(exec: "tty", width: 70, height: 20)))
      try stream.write("\n")
      _ = try stream.read { String(decoding: $0, as: UTF8.self).contains("20 70\r\n") }
      try daemon.done(.signal(SignalRequest(number: SIGKILL, exec: "tty")))
      #expect(try daemon.execExited("tty").code == 137)
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func aBackgroundProcessDoesNotHoldUpAnExecsEnd() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("sleep 1000"))
      let clock = ContinuousClock()
      let time = try clock.measure {
        let response = try daemon.ask(.exec(exec("bg", "sleep 900 & echo there"))).response
        #expect(response.name == "exec")
        let status = try daemon.execExited("bg")
        #expect(status.code == 0)
      }
      #expect(time < .seconds(5))
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func anExecWithALargeEnvironmentArrives() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("sleep 1000"))
      var stream = try AttachedStream()
      let spec = exec("big", "echo ${#A} ${#B}") {
        $0.process.env += [
          "A=" + String(repeating: "a", count: 100_000), "B=" + String(repeating: "b", count: 120_000),
        ]
        $0.attach = raw
      }
      #expect(try daemon.ask(.exec(spec), descriptors: [stream.farNumber]).response.name == "exec")
      stream.given()
      #expect(String(decoding: try stream.readToEnd(), as: UTF8.self) == "100000 120000\n")
      _ = try daemon.execExited("big")
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func anExecsEndIsKeptForTheNextDaemon() throws {
    try ShimFixture.with { fixture in
      do {
        let first = try fixture.run(fixture.spec("sleep 1000"))
        #expect(try first.ask(.exec(exec("kept", "sleep 0.1; exit 11"))).response.name == "exec")
      }
      usleep(300_000)
      let second = try TestDaemon(path: fixture.socketPath)
      #expect(try second.state().execs.first?.exit?.code == 11)
      try second.done(.acknowledge(exec: "kept"))
      try second.done(.signal(SignalRequest(number: SIGKILL)))
      while try second.state().phase != .exited { usleep(2000) }
      try fixture.finish(second)
    }
  }

  private func exec(_ id: String, _ script: String, _ change: (inout ExecSpec) -> Void = { _ in }) -> ExecSpec {
    var spec = ExecSpec(
      id: id, process: RuntimeProcess(args: ["/bin/sh", "-c", script], env: ["PATH=/bin"], cwd: "/"))
    change(&spec)
    return spec
  }
}

extension AttachedStream {
  /// Reads a descriptor to its end and closes it.
  static func drain(_ number: Int32) throws -> [UInt8] {
    let descriptor = OwnedDescriptor(owning: number)
    var all: [UInt8] = []
    while true {
      let piece = try descriptor.read(upTo: 64 << 10)
      if piece.isEmpty { return all }
      all += piece
    }
  }
}

/// A thread with a result.
final class Thread: Sendable {
  private final class State: Sendable {
    let result = Mutex<Result<[UInt8], any Error>?>(nil)
    let body: @Sendable () throws -> [UInt8]
    init(_ body: @escaping @Sendable () throws -> [UInt8]) { self.body = body }
  }

  private let state: State
  private let thread: pthread_t

  init(_ body: @escaping @Sendable () throws -> [UInt8]) {
    state = State(body)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        let state = Unmanaged<State>.fromOpaque(context).takeRetainedValue()
        let result = Result { try state.body() }
        state.result.withLock { $0 = result }
        return nil
      }, Unmanaged.passRetained(state).toOpaque())
    self.thread = thread
  }

  func value() throws -> [UInt8] {
    pthread_join(thread, nil)
    return try state.result.withLock { $0 }?.get() ?? []
  }
}
