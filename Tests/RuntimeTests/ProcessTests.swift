import JSON
import LinuxSystem
import OCI
import Testing

@Suite("What the program gets")
struct ProcessTests {
  @Test("capabilities are exactly those named", arguments: RuntimeUnderTest.allCases)
  func capabilities(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let wanted = ["CAP_KILL", "CAP_NET_RAW"]
      fixture.spec.process?.capabilities = RuntimeCapabilities(bounding: wanted, effective: wanted, permitted: wanted)
      let lines = try fixture.container("caps").lines
      #expect(
        lines == [
          "CapInh:\t0000000000000000", "CapPrm:\t0000000000002020", "CapEff:\t0000000000002020",
          "CapBnd:\t0000000000002020", "CapAmb:\t0000000000000000",
        ])
    }
  }

  @Test("a user other than root keeps nothing but ambient capabilities", arguments: RuntimeUnderTest.allCases)
  func ambient(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let wanted = ["CAP_NET_BIND_SERVICE"]
      fixture.spec.process?.user = RuntimeUser(uid: 1000, gid: 1000)
      #expect(try fixture.container("caps").output.contains("CapEff:\t0000000000000000"))
      fixture.spec.process?.capabilities = RuntimeCapabilities(
        bounding: wanted, effective: wanted, inheritable: wanted, permitted: wanted, ambient: wanted)
      let output = try fixture.container("caps").output
      #expect(output.contains("CapEff:\t0000000000000400"))
      #expect(output.contains("CapAmb:\t0000000000000400"))
    }
  }

  @Test("user, group and supplementary groups", arguments: RuntimeUnderTest.allCases)
  func user(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.process?.user = RuntimeUser(uid: 1001, gid: 1002, umask: 0o027, additionalGids: [5, 6])
      let outcome = try fixture.container("id", "--", "umask", "--", "try", "setuid0")
      #expect(outcome.lines == ["uid=1001 gid=1002 groups=5,6", "0027", "EPERM"])
    }
  }

  @Test(
    "names are looked up in the container",
    arguments: [
      ("web", "uid=33 gid=34 groups=50,51"), ("33", "uid=33 gid=34 groups=50,51"),
      ("web:extra", "uid=33 gid=50 groups="),
      ("1234", "uid=1234 gid=0 groups="), ("1234:www", "uid=1234 gid=34 groups="), ("root:51", "uid=0 gid=51 groups="),
    ])
  func userNames(_ name: String, _ expected: String) throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.process?.user = RuntimeUser(username: name)
      #expect(try fixture.container("id").lines == [expected])
    }
  }

  @Test("an unknown user is a clear error")
  func unknownUser() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.process?.user = RuntimeUser(username: "nobody-here")
      let outcome = try fixture.container("id")
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("unable to find user nobody-here: no matching entries in passwd file"))
    }
  }

  @Test("a passwd file that is a fifo or a link out of the root does not stop anything")
  func hostilePasswd() throws {
    try Fixture.with { (fixture) throws in
      try Directory.removeAll(fixture.rootfs + "/etc/passwd")
      _ = try Command.run(["mkfifo", fixture.rootfs + "/etc/passwd"], directory: fixture.directory)
      fixture.spec.process?.user = RuntimeUser(username: "7")
      #expect(try fixture.container("id").lines == ["uid=7 gid=0 groups="])
    }
  }

  @Test("environment, HOME from passwd, working directory", arguments: RuntimeUnderTest.allCases)
  func environment(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.process?.cwd = "/var/lib/app"
      let outcome = try fixture.container("env", "A", "--", "env", "HOME", "--", "env", "TERM", "--", "cwd")
      #expect(outcome.lines == ["b", "/root", "unset", "/var/lib/app"])
    }
  }

  @Test("resource limits", arguments: RuntimeUnderTest.allCases)
  func limits(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.process?.rlimits = [
        RuntimeRlimit(type: "RLIMIT_NOFILE", soft: 100, hard: 200),
        RuntimeRlimit(type: "RLIMIT_CORE", soft: 0, hard: 0),
      ]
      #expect(
        try fixture.container("rlimit", "nofile", "--", "rlimit", "core").lines == ["nofile 100 200", "core 0 0"])
    }
  }

  @Test("a limit the kernel refuses is an error that names it")
  func refusedLimit() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.process?.rlimits = [RuntimeRlimit(type: "RLIMIT_NOFILE", soft: 1 << 40, hard: 1 << 40)]
      let outcome = try fixture.container("id")
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("setrlimit RLIMIT_NOFILE"))
    }
  }

  @Test("oom_score_adj", arguments: RuntimeUnderTest.allCases)
  func oomScore(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.process?.oomScoreAdj = 321
      #expect(try fixture.container("read", "/proc/self/oom_score_adj").lines == ["321"])
    }
  }

  @Test("no_new_privs on demand", arguments: RuntimeUnderTest.allCases, [true, false])
  func noNewPrivileges(_ runtime: RuntimeUnderTest, _ wanted: Bool) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.process?.noNewPrivileges = wanted
      #expect(try fixture.container("status", "NoNewPrivs").lines == ["NoNewPrivs:\t\(wanted ? 1 : 0)"])
    }
  }

  @Test("seccomp filters with and without no_new_privs", arguments: RuntimeUnderTest.allCases, [true, false])
  func seccomp(_ runtime: RuntimeUnderTest, _ noNewPrivileges: Bool) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.process?.noNewPrivileges = noNewPrivileges
      fixture.spec.linux?.seccomp = RuntimeSeccomp(
        defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
        syscalls: [
          RuntimeSyscall(names: ["chroot"], action: "SCMP_ACT_ERRNO", errnoRet: 99),
          RuntimeSyscall(names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"),
        ])
      let outcome = try fixture.container(
        "try", "chroot", "--", "try", "mkdir", "--", "status", "Seccomp:", "--", "try", "getpid")
      #expect(outcome.lines == ["EADDRNOTAVAIL", "EPERM", "Seccomp:\t2", "ok"], "\(outcome)")
    }
  }

  // Moonpool alone: crun hands on what its caller ignored.
  @Test("the program starts with no signal blocked or ignored")
  func signals() throws {
    try Fixture.with { (fixture) throws in
      #expect(
        try fixture.container("signal-state").lines == ["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"])
    }
  }

  @Test("the program leads its own session", arguments: RuntimeUnderTest.allCases)
  func session(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in #expect(try fixture.container("session").lines == ["leader"]) }
  }

  @Test("found in the container's PATH, not the runtime's")
  func path() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.process?.args = ["helper", "say", "found"]
      #expect(try fixture.container().lines == ["found"])
      fixture.spec.process?.env = ["PATH=/usr/bin"]
      #expect(try fixture.container().status == 127)
    }
  }

  @Test("what cannot be executed: 127 absent, 126 not executable, in Docker's words")
  func execErrors() throws {
    try Fixture.with { (fixture) throws in
      func run(_ program: String) throws -> Outcome {
        fixture.spec.process?.args = [program]
        return try fixture.container()
      }
      var outcome = try run("nope")
      #expect(outcome.status == 127)
      #expect(outcome.errors.contains(#"exec: "nope": executable file not found in $PATH"#))
      outcome = try run("/bin/nope")
      #expect(outcome.status == 127)
      #expect(outcome.errors.contains(#"exec: "/bin/nope": stat /bin/nope: no such file or directory"#))
      try fixture.write("/bin/plain", "text")
      outcome = try run("/bin/plain")
      #expect(outcome.status == 126)
      #expect(outcome.errors.contains(#"exec: "/bin/plain": permission denied"#))
      outcome = try run("/bin")
      #expect(outcome.status == 126)
      #expect(outcome.errors.contains("is a directory"))
      try fixture.write("/bin/script", "#!/no/such/shell\n", mode: 0o755)
      outcome = try run("/bin/script")
      #expect(outcome.status == 127)
      #expect(outcome.errors.contains("no such file or directory"))
      try fixture.write("/bin/garbage", "\u{1}\u{2}\u{3}\u{4}", mode: 0o755)
      outcome = try run("/bin/garbage")
      #expect(outcome.status == 126)
      #expect(outcome.errors.contains("exec format error"))
    }
  }
}
