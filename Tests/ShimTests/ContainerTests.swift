import CLinux
import Cgroups
import Glibc
import LinuxSystem
import OCI
import ShimProtocol
import Testing

/// Real containers under the real shim.
@Suite(.serialized) struct ContainerTests {
  @Test func aContainerRunsLogsAndEnds() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("echo hello; echo oops >&2; exit 7"))
      let status = try daemon.exited()
      #expect(status.code == 7 && status.signal == nil && status.error == nil && !status.oomKilled)
      #expect(status.startedAt > 0 && status.finishedAt >= status.startedAt)
      // On disk before it is announced.
      #expect(try fixture.exitRecord.status == status)
      let log = try fixture.log()
      #expect(log.count == 2)
      #expect(log.contains { $0 == ("hello\n", "stdout") } && log.contains { $0 == ("oops\n", "stderr") })
      let state = try daemon.state()
      #expect(state.phase == .exited && state.exit == status)
      try fixture.finish(daemon)
    }
  }

  @Test func createdComesWithTheNetworkAndWaits() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.launch(
        fixture.spec("cat /proc/net/dev; exit 0") { $0.network = NetworkSpec(wait: true, dns: true) })
      let (created, descriptors) = try daemon.created()
      #expect(created.descriptors == [.networkNamespace, .netlink] && descriptors.count == 2)
      #expect(created.startTime > 0)
      let lent = try daemon.ask(.lend([.dnsUDP, .dnsTCP, .netlink, .pid, LentDescriptor(rawValue: "future")]))
      guard case .lent(let kinds) = lent.response else { throw TestFailure("\(lent.response)") }
      #expect(kinds == [.dnsUDP, .dnsTCP, .netlink, .pid] && lent.descriptors.count == 4)
      // The start is answered when the network is ready, not before.
      let start = try daemon.send(.start)
      #expect(try daemon.state().phase == .created)
      try daemon.done(.networkReady)
      guard case .done = try daemon.answer(to: start).response else { throw TestFailure("not started") }
      #expect(try daemon.exited().code == 0)
      #expect(try fixture.log().contains { $0.text.contains("lo:") })
      try fixture.finish(daemon)
    }
  }

  @Test func aProgramThatIsNotThereIs127() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.launch(fixture.spec(arguments: ["no-such-program"]))
      let error = try daemon.failure(.start)
      #expect(error.code == .commandNotFound && error.message.contains("no-such-program"))
      let status = try daemon.exited()
      #expect(status.code == 127 && status.error != nil && status.startedAt == 0)
      try fixture.finish(daemon)
    }
  }

  @Test func aProgramThatMayNotBeExecutedIs126() throws {
    try ShimFixture.with { fixture in
      try File.replace(fixture.rootfs + "/bin/plain", with: Array("x".utf8), mode: 0o644)
      let daemon = try fixture.launch(fixture.spec(arguments: ["/bin/plain"]))
      #expect(try daemon.failure(.start).code == .commandNotExecutable)
      #expect(try daemon.exited().code == 126)
      try fixture.finish(daemon)
    }
  }

  @Test func aMountThatCannotBeNamesItsStep() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.launch(
        fixture.spec("true") {
          $0.runtime.mounts.append(
            RuntimeMount(destination: "/mnt", type: "bind", source: "/no/such/place", options: ["bind"]))
        })
      let error = try daemon.event { event, _ in if case .failed(let error) = event { error } else { nil } }
      let message = error.message
      #expect(message.contains("/no/such/place") || message.contains("/mnt"))
      #expect(try daemon.exited().code == 125)
      try fixture.finish(daemon)
    }
  }

  @Test func aSignalReachesTheProgram() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(
        fixture.spec("trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.05; done"))
      try waitForLog(fixture, "ready\n")
      try daemon.done(.signal(SignalRequest(number: SIGTERM)))
      #expect(try daemon.exited().code == 3)
      #expect(try fixture.log().contains { $0.text == "got it\n" })
      try fixture.finish(daemon)
    }
  }

  @Test func killedIs137() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("sleep 1000 & wait"))
      #expect(try daemon.failure(.signal(SignalRequest(number: SIGTERM, all: true))).code == .invalid)
      try daemon.done(.signal(SignalRequest(number: SIGKILL, all: true)))
      let status = try daemon.exited()
      #expect(status.code == 137 && status.signal == SIGKILL && !status.oomKilled)
      #expect(try daemon.failure(.signal(SignalRequest(number: SIGTERM))).code == .conflict)
      try fixture.finish(daemon)
    }
  }

  @Test func outOfMemoryIs137AndSaysSo() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(
        fixture.spec(arguments: ["tail", "/dev/zero"]) {
          $0.runtime.linux?.resources = RuntimeResources(memory: RuntimeMemory(limit: 16 << 20, swap: 16 << 20))
        })
      let status = try daemon.exited()
      #expect(status.code == 137 && status.oomKilled)
      _ = try daemon.event { event, _ in if case .oom = event { true } else { nil } }
      try fixture.finish(daemon)
    }
  }

  @Test func theInitHandsOnTheCodeAndReapsOrphans() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(
        fixture.spec("(sleep 0.05 & ) ; sleep 0.2; echo pid $$; cat /proc/[0-9]*/stat; exit 9") { $0.useInit = true })
      #expect(try daemon.exited().code == 9)
      let log = try fixture.log().map(\.text)
      #expect(log.contains { $0.hasPrefix("pid ") } && !log.contains("pid 1\n"))
      // The orphan was reaped: no process is a zombie.
      #expect(!log.contains { $0.contains(") Z ") })
      try fixture.finish(daemon)
    }
  }

  @Test func anOverlayRootIsNowhereInTheHostsMounts() throws {
    try ShimFixture.with { fixture in
      for name in ["upper", "work", "merged"] { try Directory.make(fixture.directory + "/" + name) }
      let daemon = try fixture.run(
        fixture.spec("echo new >/tmp/new; sleep 1000") {
          $0.rootMounts = [
            RuntimeMount(
              destination: "/", type: "overlay", source: "overlay",
              options: [
                "lowerdir=\(fixture.rootfs)", "upperdir=\(fixture.directory)/upper",
                "workdir=\(fixture.directory)/work",
              ])
          ]
          $0.rootfs = fixture.directory + "/merged"
        })
      while !FileManagerless.exists(fixture.directory + "/upper/tmp/new") { usleep(2000) }
      #expect(!(try File.readText("/proc/self/mountinfo").contains(fixture.id)))
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func limitsOfTheSpecHold() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(
        fixture.spec("for i in 1 2 3 4 5 6 7 8 9; do sleep 100 & done; exit 3") {
          $0.runtime.linux?.resources = RuntimeResources(pids: RuntimePids(limit: 5))
        })
      #expect(try daemon.exited().code == 2)
      #expect(try fixture.log().contains { $0.text.contains("can't fork") })
      try fixture.finish(daemon)
    }
  }

  @Test func aPausedContainerStandsStillAndCanBeKilled() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("while :; do sleep 0.01; done"))
      try daemon.done(.pause)
      #expect(try daemon.state().phase == .paused)
      #expect(try daemon.failure(.pause).code == .conflict)
      try daemon.done(.resume)
      #expect(try daemon.state().phase == .running)
      try daemon.done(.pause)
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      #expect(try daemon.exited().code == 137)
      try fixture.finish(daemon)
    }
  }

  @Test func limitsChangeWhileItRuns() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("sleep 1000"))
      try daemon.done(.update(RuntimeResources(pids: RuntimePids(limit: 33))))
      #expect(try fixture.group.statistics().pids?.limit == 33)
      let error = try daemon.failure(.update(RuntimeResources(cpu: RuntimeCPU(cpus: "4000"))))
      #expect(error.message.contains("cpuset"))
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func aDaemonThatDiesChangesNothing() throws {
    try ShimFixture.with { fixture in
      do {
        let first = try fixture.run(
          fixture.spec("echo one; while [ ! -e /tmp/go ]; do sleep 0.01; done; echo two; exit 9"))
        _ = try first.state()
      }
      // Its end of the connection is closed: dead.
      let second = try TestDaemon(path: fixture.socketPath)
      guard case .hello(let hello) = try second.ask(.hello(ShimHello(sender: "second", pid: getpid()))).response else {
        throw TestFailure("no hello")
      }
      #expect(hello.sender == fixture.id && hello.pid == fixture.shimPID)
      let state = try second.state()
      #expect(state.phase == .running && state.pid > 0 && state.startedAt > 0)
      // A third at the same time, which does not say hello and hears nothing.
      let third = try TestDaemon(path: fixture.socketPath)
      #expect(try third.state().phase == .running)
      try File.replace(fixture.rootfs + "/tmp/go", with: [])
      #expect(try second.exited().code == 9)
      #expect(try fixture.log().map(\.text) == ["one\n", "two\n"])
      #expect(try third.state().exit?.code == 9)
      try fixture.finish(third)
    }
  }

  @Test func anEndWithoutAnyDaemonWaitsToBeAcknowledged() throws {
    try ShimFixture.with { fixture in
      do { _ = try fixture.run(fixture.spec("while [ ! -e /tmp/go ]; do sleep 0.01; done; echo bye; exit 4")) }
      try File.replace(fixture.rootfs + "/tmp/go", with: [])
      while !FileManagerless.exists(fixture.exitPath) { usleep(2000) }
      #expect(try fixture.exitRecord.status.code == 4)
      let daemon = try TestDaemon(path: fixture.socketPath)
      #expect(try daemon.state().exit?.code == 4)
      #expect(try fixture.log().map(\.text) == ["bye\n"])
      try fixture.finish(daemon)
    }
  }

  @Test func keptDescriptorsStayOpen() throws {
    try ShimFixture.with { fixture in
      let reserved = OwnedDescriptor(owning: try check(cl_inet_socket(Int32(CL_SOCK_STREAM)), "socket"))
      try check(cl_inet_bind(reserved.rawValue, 0x7F00_0001, 0), "bind")
      let port = UInt16(try check(cl_inet_port(reserved.rawValue), "port"))
      let daemon = try fixture.launch(fixture.spec("sleep 1000") { $0.keep = ["tcp"] }, kept: [reserved.rawValue])
      reserved.close()
      try daemon.done(.start)
      #expect(try daemon.state().kept == ["tcp"])
      #expect(!isFree(port))
      guard case .lent(let kinds) = try daemon.ask(.lend([.kept("tcp")])).response else { throw TestFailure("lend") }
      #expect(kinds == [.kept("tcp")])
      try daemon.done(.release(["tcp"]))
      #expect(isFree(port))
      #expect(try daemon.failure(.keep(["x"])).code == .invalid)
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  @Test func bytesThatAreNoMessageAreSurvived() throws {
    try ShimFixture.with { fixture in
      let daemon = try fixture.run(fixture.spec("sleep 1000"))
      var generator = SystemRandomNumberGenerator()
      let valid = try ShimMessage.request(id: 77, .lend([.kept("nothing")])).encoded()
      for round in 0..<300 {
        var bytes: [UInt8]
        if round % 2 == 0 {
          bytes = (0..<Int.random(in: 1...200)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        } else {
          bytes = [0] + valid
          bytes[Int.random(in: 1..<bytes.count)] = UInt8.random(in: 0...255, using: &generator)
        }
        try daemon.sendRaw(bytes)
        if round % 50 == 0 { _ = try daemon.state() }
      }
      #expect(try daemon.state().phase == .running)
      try daemon.done(.signal(SignalRequest(number: SIGKILL)))
      _ = try daemon.exited()
      try fixture.finish(daemon)
    }
  }

  private func isFree(_ port: UInt16) -> Bool {
    guard let socket = try? check(cl_inet_socket(Int32(CL_SOCK_STREAM)), "socket") else { return false }
    defer { _ = cl_close(socket) }
    return cl_inet_bind(socket, 0x7F00_0001, port) >= 0
  }
}

/// Waits until the log has an entry of this text.
func waitForLog(_ fixture: ShimFixture, _ text: String) throws {
  let deadline = ContinuousClock.now + .seconds(10)
  while !((try? fixture.log()) ?? []).contains(where: { $0.text == text }) {
    guard ContinuousClock.now < deadline else { throw TestFailure("\(text) is not in the log") }
    usleep(2000)
  }
}

enum FileManagerless {
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
