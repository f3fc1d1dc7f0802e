import Cgroups
import JSON
import LinuxSystem
import OCI
import Testing

@Suite("What the program is held to")
struct LimitTests {
  @Test("forking fails at the pids limit", arguments: RuntimeUnderTest.allCases)
  func pids(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.linux?.resources?.pids = RuntimePids(limit: 10)
      #expect(try fixture.container("forks", "50").lines == ["forked 9 EAGAIN"])
    }
  }

  @Test("more memory than allowed ends in SIGKILL: 137", arguments: RuntimeUnderTest.allCases)
  func memory(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.linux?.resources?.memory = RuntimeMemory(limit: 32 << 20, swap: 32 << 20)
      let outcome = try fixture.container("eat", "200")
      #expect(outcome.status == 137)
      #expect(!outcome.output.contains("ate"))
    }
  }

  @Test(
    "a device that is not allowed cannot be opened, even by a node of one's own", arguments: RuntimeUnderTest.allCases)
  func devices(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.linux?.devices = [RuntimeDevice(type: "c", path: "/dev/kmsg", major: 1, minor: 11, fileMode: 0o666)]
      let outcome = try fixture.container(
        "open", "/dev/kmsg", "r", "--", "open", "/dev/zero", "r", "--", "mknod", "/tmp/null")
      #expect(outcome.lines == ["EPERM", "ok", "ok"])
    }
  }

  @Test("pause stops and resume continues")
  func pause() throws {
    try Fixture.with { (fixture) throws in
      let (id, _) = try fixture.start("sleep", "60000")
      let pid = try #require(try fixture.state(id).pid)
      #expect(try fixture.run("pause", [id]).status == 0)
      let cgroup = Cgroup("/" + id, in: try .discover())
      #expect(try cgroup.isFrozen())
      #expect(try fixture.run("resume", [id]).status == 0)
      #expect(try !cgroup.isFrozen())
      #expect(FileStatus.exists("/proc/\(pid)"))
    }
  }
}
