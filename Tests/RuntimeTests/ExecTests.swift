import JSON
import LinuxSystem
import OCI
import Testing

@Suite("Further programs in a container")
struct ExecTests {
  @Test("same namespaces, cgroup and root; own exit code", arguments: RuntimeUnderTest.allCases)
  func exec(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let (id, _) = try fixture.start("sleep", "60000")
      let pid = try #require(try fixture.state(id).pid)
      let outcome = try fixture.exec(
        id, "processes", "--", "hostname", "--", "link", "/proc/self/ns/net", "--", "link", "/proc/self/ns/mnt", "--",
        "link",
        "/proc/self/ns/pid", "--", "exit", "9")
      #expect(outcome.status == 9)
      #expect(outcome.lines.prefix(2) == ["2", "box (none)"], "\(outcome)")
      #expect(
        outcome.lines.dropFirst(2) == [
          try OwnedDescriptor.readLink("/proc/\(pid)/ns/net"), try OwnedDescriptor.readLink("/proc/\(pid)/ns/mnt"),
          try OwnedDescriptor.readLink("/proc/\(pid)/ns/pid"),
        ])
      let groups = try fixture.exec(id, "read", "/proc/self/cgroup").lines
      let own = try File.readText("/proc/\(pid)/cgroup").split(separator: "\n").map(String.init)
      #expect(groups.filter { $0.contains(":pids:") } == own.filter { $0.contains(":pids:") })
    }
  }

  @Test("capabilities, user, seccomp and no_new_privs as the container's")
  func restrictions() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.process?.noNewPrivileges = true
      fixture.spec.linux?.seccomp = RuntimeSeccomp(
        defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
        syscalls: [RuntimeSyscall(names: ["chroot"], action: "SCMP_ACT_ERRNO", errnoRet: 99)])
      let (id, _) = try fixture.start("sleep", "60000")
      let outcome = try fixture.exec(
        id, "caps", "--", "status", "NoNewPrivs", "--", "try", "chroot", "--", "id", options: ["--user", "web"])
      #expect(outcome.output.contains("CapBnd:\t00000000a80425fb"), "\(outcome)")
      #expect(outcome.output.contains("CapEff:\t0000000000000000"))
      #expect(outcome.lines.suffix(3) == ["NoNewPrivs:\t1", "EADDRNOTAVAIL", "uid=33 gid=34 groups=50,51"])
    }
  }

  @Test("errors are told apart: 127, 126, others")
  func errors() throws {
    try Fixture.with { (fixture) throws in
      let (id, _) = try fixture.start("sleep", "60000")
      var outcome = try fixture.run("exec", [id, "nope"])
      #expect(outcome.status == 127)
      #expect(outcome.errors.contains("executable file not found in $PATH"))
      outcome = try fixture.run("exec", [id, "/etc/passwd"])
      #expect(outcome.status == 126)
      outcome = try fixture.run("exec", ["--cwd", "/no/such", id, "/bin/helper"])
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("/no/such"))
      #expect(try fixture.run("exec", ["absent", "/bin/helper"]).errors.contains("does not exist"))
    }
  }

  @Test("a terminal for an exec")
  func terminal() throws {
    try Fixture.with { (fixture) throws in
      let (id, _) = try fixture.start("sleep", "60000")
      let outcome = try fixture.exec(id, "tty", options: ["--tty"])
      #expect(outcome.lines.first?.hasPrefix("111 /dev/pts/") ?? false, "\(outcome)")
      #expect(outcome.lines.last == "controlling ok")
    }
  }

  @Test("an exec counts against the container's limits")
  func limits() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.linux?.resources?.pids = RuntimePids(limit: 10)
      let (id, _) = try fixture.start("sleep", "60000")
      #expect(try fixture.exec(id, "forks", "50").lines == ["forked 8 EAGAIN"])
    }
  }
}
