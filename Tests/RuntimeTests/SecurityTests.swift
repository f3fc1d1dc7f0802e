import CLinux
import JSON
import LinuxSystem
import OCI
import Testing

/// One test per attack that the runtime claims to withstand.
@Suite("Attacks")
struct SecurityTests {
  @Test("CVE-2019-5736: the runtime's program, as seen from the container, cannot be written to")
  func hostBinary() throws {
    try Fixture.with { (fixture) throws in
      // With --init the runtime's own program *is* process 1 of the container: the best place an attacker could have.
      fixture.spec.process?.capabilities = RuntimeCapabilities(
        bounding: CapabilitySet.named.names, effective: CapabilitySet.named.names, permitted: CapabilitySet.named.names)
      fixture.spec.process?.args = ["/bin/helper", "say", "up", "--", "sleep", "60000"]
      let id = fixture.newID()
      try fixture.writeConfiguration()
      let created = try Command.start(
        fixture.runtime.command(["create", "--bundle", fixture.directory, "--init", id], root: fixture.stateRoot),
        directory: fixture.directory)
      #expect(try created.wait().status == 0)
      #expect(try fixture.run("start", [id]).status == 0)
      try created.waitForOutput("up")
      let outcome = try fixture.exec(
        id, "open", "/proc/1/exe", "r", "--", "open", "/proc/1/exe", "w", "--", "open", "/proc/1/exe", "rw")
      // Read-only for good (EROFS), not merely busy (ETXTBSY), which ends with the process.
      #expect(outcome.lines == ["ok", "EROFS", "EROFS"], "\(outcome)")
    }
  }

  @Test("CVE-2019-5736: a program that is the runtime itself runs as a sealed copy")
  func ownBinary() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.process?.args = ["/proc/self/exe", "--version"]
      let outcome = try fixture.container()
      // The kernel resolves the link in the new process: what runs is the sealed file, harmless.
      #expect(outcome.output.contains("moonpool-runtime version") || outcome.status != 0)
    }
  }

  @Test("CVE-2024-21626: no descriptor of the host is left in the program", arguments: RuntimeUnderTest.allCases)
  func leakedDescriptors(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let leak = try OwnedDescriptor.open("/", [.directory])
      #expect(cl_fcntl(leak.rawValue, 2, 0) == 0)  // F_SETFD: not close-on-exec, a careless caller's
      #expect(try fixture.container("fds").lines == ["end"])
      let (id, _) = try fixture.start("sleep", "60000")
      #expect(try fixture.exec(id, "fds").lines == ["end"])
      withExtendedLifetime(leak) {}
    }
  }

  @Test(
    "CVE-2024-21626: a working directory through a descriptor of the host is refused",
    arguments: [3, 4, 5, 6, 7, 8, 9, 10, 11])
  func workingDirectory(_ number: Int) throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.process?.cwd = "/proc/self/fd/\(number)"
      let outcome = try fixture.container("cwd", "--", "ls", "../../../..")
      #expect(!outcome.lines.contains("work"))
      #expect(outcome.status != 0 || outcome.lines.first?.hasPrefix("/") ?? false, "\(outcome)")
    }
  }

  @Test("CVE-2021-30465: a mount point that is a link leads to a place inside the root")
  func swappedLink() throws {
    try Fixture.with { (fixture) throws in
      try check(cl_symlinkat("/", Int32(CL_AT_FDCWD), fixture.rootfs + "/tmp/target"), "symlink")
      fixture.spec.mounts.append(RuntimeMount(destination: "/tmp/target/mnt", type: "tmpfs", source: "tmpfs"))
      #expect(try fixture.container("mounts").lines.contains { $0.contains(" /mnt ") })
      #expect(!FileStatus.exists("/mnt/moonpool"))
      #expect(FileStatus.exists(fixture.rootfs + "/mnt"))
    }
  }

  @Test("CVE-2019-16884: a volume over /proc or a part of it is refused")
  func overProc() throws {
    for destination in ["/proc/sys", "/proc/self/attr", "/proc"] {
      try Fixture.with { (fixture) throws in
        let volume = fixture.directory + "/volume"
        try Directory.make(volume)
        fixture.spec.mounts.append(
          RuntimeMount(destination: destination, type: "bind", source: volume, options: ["bind"]))
        let outcome = try fixture.container("id")
        #expect(outcome.status == 1)
        #expect(
          outcome.errors.contains("mounting inside /proc is not allowed")
            || outcome.errors.contains("Operation not permitted") || outcome.errors.contains("No such file"),
          "\(outcome)")
      }
    }
  }

  @Test("a file that shows a container its own figures may be mounted in /proc")
  func meminfo() throws {
    try Fixture.with { (fixture) throws in
      let file = fixture.directory + "/meminfo"
      try File.replace(file, with: "mine\n".utf8, mode: 0o644)
      fixture.spec.mounts.append(
        RuntimeMount(destination: "/proc/meminfo", type: "bind", source: file, options: ["bind"]))
      #expect(try fixture.container("read", "/proc/meminfo").lines == ["mine"])
    }
  }

  @Test("CVE-2019-19921, CVE-2023-27561: /proc and /sys are not mounted through a link", arguments: ["/proc", "/sys"])
  func linkedProc(_ path: String) throws {
    try Fixture.with { (fixture) throws in
      try Directory.removeAll(fixture.rootfs + path)
      try Directory.make(fixture.rootfs + "/elsewhere")
      try check(cl_symlinkat("elsewhere", Int32(CL_AT_FDCWD), fixture.rootfs + path), "symlink")
      let outcome = try fixture.container("id")
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("symbolic link"))
    }
  }

  @Test("CVE-2025-31133: masks do not use the container's /dev/null")
  func maskWithLink() throws {
    try Fixture.with { (fixture) throws in
      // No tmpfs on /dev: the image's own /dev is what the container has, and its null leads to what is to be hidden.
      fixture.spec.mounts.removeAll { $0.destination.hasPrefix("/dev") }
      try check(cl_symlinkat("/proc/keys", Int32(CL_AT_FDCWD), fixture.rootfs + "/dev/null"), "symlink")
      let outcome = try fixture.container("read", "/proc/keys", "--", "stat", "/dev/null", "--", "say", "end")
      #expect(outcome.lines == ["20666 0:0 1:3", "end"], "\(outcome)")
    }
  }

  @Test("CVE-2025-52881: a prepared /proc cannot lead a sysctl elsewhere")
  func sysctlElsewhere() throws {
    try Fixture.with { (fixture) throws in
      // The container's procfs is replaced by a directory of its own: the value still reaches the kernel.
      fixture.spec.mounts.removeAll { $0.destination == "/proc" }
      try Directory.makeAll(fixture.rootfs + "/proc/sys/net/ipv4")
      try fixture.write("/proc/sys/net/ipv4/ip_forward", "untouched")
      fixture.spec.linux?.sysctl = ["net.ipv4.ip_forward": "1"]
      fixture.spec.linux?.maskedPaths = []
      fixture.spec.linux?.readonlyPaths = []
      try fixture.installPlain("/bin/helper")
      let outcome = try fixture.container("id")
      #expect(outcome.status == 0, "\(outcome)")
      #expect(try File.readText(fixture.rootfs + "/proc/sys/net/ipv4/ip_forward") == "untouched")
    }
  }

  @Test("CVE-2025-52565: /dev/console that is a link is not mounted over outside")
  func consoleLink() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.mounts.removeAll {
        $0.destination == "/dev" || $0.destination == "/dev/shm" || $0.destination == "/dev/mqueue"
      }
      try Directory.make(fixture.rootfs + "/dev/pts")
      let victim = fixture.directory + "/victim"
      try File.replace(victim, with: "untouched".utf8)
      try check(cl_symlinkat(victim, Int32(CL_AT_FDCWD), fixture.rootfs + "/dev/console"), "symlink")
      fixture.spec.process?.terminal = true
      _ = try fixture.container("tty")
      #expect(try File.readText(victim) == "untouched")
    }
  }

  @Test("CVE-2016-9962: another process cannot look into an exec that is on its way")
  func dumpable() throws {
    try Fixture.with { (fixture) throws in
      // After the exec the program's own credentials decide again.
      let (id, _) = try fixture.start("sleep", "60000")
      #expect(try fixture.exec(id, "open", "/proc/self/mem", "rw").lines == ["ok"])
    }
  }

  @Test("a session keyring of its own")
  func keyring() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.linux?.maskedPaths = []
      let outcome = try fixture.container("try", "keyctl", "--", "read", "/proc/keys")
      #expect(outcome.lines.first == "ok" || outcome.lines.first == "ENOSYS")
      #expect(outcome.output.contains("_ses.moonpool-test-") || outcome.lines.first == "ENOSYS", "\(outcome)")
    }
  }

  @Test("what needs CAP_SYS_ADMIN fails without it", arguments: RuntimeUnderTest.allCases)
  func privileged(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let outcome = try fixture.container(
        "try", "mount", "--", "try", "umount-proc-keys", "--", "try", "remount-proc-sys", "--", "try", "sethostname",
        "--", "try",
        "kexec")
      #expect(outcome.lines.prefix(4) == ["EPERM", "EPERM", "EPERM", "EPERM"])
      #expect(outcome.lines.last != "ok")
    }
  }

  @Test("a container's own /proc cannot make the runtime keep capabilities")
  func forgedProc() throws {
    try Fixture.with { (fixture) throws in
      // Instead of procfs a directory that claims that the kernel has one capability only.
      let volume = fixture.directory + "/fake-proc"
      try Directory.makeAll(volume + "/sys/kernel")
      try File.replace(volume + "/sys/kernel/cap_last_cap", with: "0\n".utf8, mode: 0o644)
      fixture.spec.mounts.removeAll { $0.destination == "/proc" }
      fixture.spec.mounts.append(RuntimeMount(destination: "/proc", type: "bind", source: volume, options: ["bind"]))
      fixture.spec.mounts.append(RuntimeMount(destination: "/real", type: "proc", source: "proc"))
      fixture.spec.linux?.maskedPaths = []
      fixture.spec.linux?.readonlyPaths = []
      let wanted = ["CAP_KILL"]
      fixture.spec.process?.capabilities = RuntimeCapabilities(bounding: wanted, effective: wanted, permitted: wanted)
      try fixture.installPlain("/bin/helper")
      let outcome = try fixture.container("read", "/real/self/status")
      #expect(outcome.output.contains("CapBnd:\t0000000000000020"), "\(outcome)")
    }
  }
}
