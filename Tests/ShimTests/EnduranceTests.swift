import CLinux
import Cgroups
import Glibc
import LinuxSystem
import OCI
import ShimProtocol
import Testing

/// What adds up over a container's life.
@Suite(.serialized) struct EnduranceTests {
  @Test func muchOutputIsLoggedWholeAndFast() throws {
    try ShimFixture.with { fixture in
      let lines = 500_000
      let line = Array(String(repeating: "x", count: 99).utf8) + [UInt8(ascii: "\n")]
      var data: [UInt8] = []
      data.reserveCapacity(lines * line.count)
      for _ in 0..<lines { data += line }
      try File.replace(fixture.rootfs + "/tmp/data", with: data)
      let clock = ContinuousClock()
      let time = try clock.measure {
        let daemon = try fixture.run(fixture.spec(arguments: ["cat", "/tmp/data"]))
        let status = try daemon.exited(timeout: .seconds(60))
        #expect(status.code == 0)
        try fixture.finish(daemon)
      }
      let log = try File.read(fixture.logPath, limit: 1 << 30)
      let count = log.withUnsafeBytes { $0.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) } }
      #expect(count == lines)
      // Docker writes 40 MB a second. A debug build on a busy machine does not always do better; the bench has the
      // real figure.
      #expect(time < .seconds(30), "50 MB took \(time)")
      print("50 MB logged in \(time)")
    }
  }

  @Test func twentyContainersInARow() throws {
    let clock = ContinuousClock()
    var times: [Duration] = []
    for _ in 0..<20 {
      try ShimFixture.with { fixture in
        let spec = fixture.spec(arguments: ["true"])
        times.append(
          try clock.measure {
            let daemon = try fixture.run(spec)
            let status = try daemon.exited()
            #expect(status.code == 0)
          })
        // A second daemon's acknowledgement ends it as well.
        try fixture.finish(TestDaemon(path: fixture.socketPath))
      }
    }
    times.sort()
    print("launch to exit: median \(times[10]), best \(times[0])")
  }

  @Test func hundredExecsLeaveNoDescriptorAndNoProcess() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("sleep 1000"))
      func run(_ count: Int) throws {
        for number in 0..<count {
          var stream = try AttachedStream()
          let spec = ExecSpec(
            id: "e\(number)", process: RuntimeProcess(args: ["/bin/echo", "\(number)"], env: [], cwd: "/"),
            attach: AttachFlags(raw: true))
          let response = try daemon.ask(.exec(spec), descriptors: [stream.farNumber]).response
          #expect(response.name == "exec")
          stream.given()
          let output = try stream.readToEnd()
          #expect(String(decoding: output, as: UTF8.self) == "\(number)\n")
          _ = try daemon.execExited("e\(number)")
          try daemon.done(.acknowledge(exec: "e\(number)"))
        }
      }
      try run(10)
      let before = try Directory.names("/proc/\(fixture.shimPID)/fd").count
      try run(100)
      #expect(try Directory.names("/proc/\(fixture.shimPID)/fd").count == before)
      #expect(fixture.group.allProcesses().count == 1)
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func clientsThatComeAndGoLeaveNoDescriptor() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("while :; do echo tick; sleep 0.01; done"))
      _ = try TestDaemon(path: fixture.socketPath).state()
      usleep(50_000)
      let before = try Directory.names("/proc/\(fixture.shimPID)/fd").count
      for _ in 0..<50 {
        _ = try TestDaemon(path: fixture.socketPath).state()
        var stream = try AttachedStream()
        try daemon.done(.attach(AttachRequest(flags: AttachFlags())), descriptors: [stream.farNumber])
        stream.given()
      }
      // A client's end is seen with the next output at the latest.
      let deadline = ContinuousClock.now + .seconds(5)
      while try Directory.names("/proc/\(fixture.shimPID)/fd").count != before, ContinuousClock.now < deadline {
        usleep(10_000)
      }
      #expect(try Directory.names("/proc/\(fixture.shimPID)/fd").count == before)
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func theShimIsProtectedAndNamed() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("cat /proc/self/oom_score_adj; sleep 1000"))
      let base = "/proc/\(fixture.shimPID)"
      let adjust = try File.readText(base + "/oom_score_adj")
      let wanted = try mayLowerOOMScore() ? "-999\n" : "0\n"
      #expect(adjust == wanted)
      #expect(try File.readText(base + "/comm") == "moonpool-shim\n")
      #expect(try File.readText(base + "/status").contains("Threads:\t1\n"))
      try waitForLog(fixture, "0\n")
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func aWaitingShimIsSmall() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("echo x; sleep 1000"))
      try waitForLog(fixture, "x\n")
      // It gives its working memory back after a second without anything to do.
      usleep(1_500_000)
      let text = try File.readText("/proc/\(fixture.shimPID)/smaps_rollup")
      // Not Private_Dirty: that counts the pages of a program file that was just built and is not written back yet.
      let own = text.split(separator: "\n").filter { $0.hasPrefix("Anonymous:") || $0.hasPrefix("Swap:") }
        .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }.reduce(0, +)
      print("a waiting shim has \(own) KiB of its own")
      #expect(own < 1000, "\(text)")
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  /// Some machines refuse it even to root: tried on this process itself.
  private func mayLowerOOMScore() throws -> Bool {
    let path = "/proc/self/oom_score_adj"
    let before = try File.readText(path)
    guard (try? File.writeOnce("-999", to: path)) != nil else { return false }
    try File.writeOnce(String(before.prefix { $0 != "\n" }), to: path)
    return true
  }

  @Test func aShimThatCannotReadItsSpecSaysSo() throws {
    try ShimFixture.with { fixture in
      var spec = fixture.spec("true")
      spec.version = 99
      let daemon = try fixture.launch(spec)
      let error = try daemon.event { event, _ in if case .failed(let error) = event { error } else { nil } }
      #expect(error.message.contains("99"))
      try fixture.waitForShim()
    }
  }
}
