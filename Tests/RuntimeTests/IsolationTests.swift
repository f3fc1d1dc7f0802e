import CLinux
import JSON
import LinuxSystem
import OCI
import Testing

@Suite("What the program sees")
struct IsolationTests {
  @Test("its own pid namespace, as process 1", arguments: RuntimeUnderTest.allCases)
  func pid(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      #expect(try fixture.container("pid", "--", "processes").lines == ["1 0", "1"])
    }
  }

  @Test("its own network with loopback, and nothing else")
  func network() throws {
    try Fixture.with { (fixture) throws in
      let lines = try fixture.container("interfaces").lines
      #expect(lines.contains("lo up"))
      #expect(!lines.contains { $0.hasPrefix("eth0") })
    }
  }

  @Test("the host's network when none is made", arguments: RuntimeUnderTest.allCases)
  func hostNetwork(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.linux?.namespaces.removeAll { $0.type == .network }
      let inside = try fixture.container("link", "/proc/self/ns/net").lines.first
      #expect(try inside == OwnedDescriptor.readLink("/proc/self/ns/net"))
    }
  }

  @Test("joins namespaces by path", arguments: RuntimeUnderTest.allCases)
  func joins(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let (id, _) = try fixture.start("sleep", "60000")
      let pid = try #require(try fixture.state(id).pid)
      fixture.spec.hostname = nil
      fixture.spec.linux?.namespaces = [
        RuntimeNamespace(type: .mount), RuntimeNamespace(type: .pid, path: "/proc/\(pid)/ns/pid"),
        RuntimeNamespace(type: .network, path: "/proc/\(pid)/ns/net"),
        RuntimeNamespace(type: .ipc, path: "/proc/\(pid)/ns/ipc"),
        RuntimeNamespace(type: .uts, path: "/proc/\(pid)/ns/uts"),
      ]
      let outcome = try fixture.container(
        "hostname", "--", "processes", "--", "link", "/proc/self/ns/net", "--", "link", "/proc/self/ns/ipc")
      #expect(outcome.lines.first == "box (none)")
      #expect(outcome.lines.dropFirst().first.flatMap { Int($0) } ?? 0 >= 2)
      #expect(try outcome.lines.dropFirst(2).first == OwnedDescriptor.readLink("/proc/\(pid)/ns/net"))
      #expect(try outcome.lines.last == OwnedDescriptor.readLink("/proc/\(pid)/ns/ipc"))
    }
  }

  @Test("host and domain name")
  func names() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.domainname = "example"
      #expect(try fixture.container("hostname").lines == ["box example"])
    }
  }

  @Test("its own root: writes land there, the host's files are not there", arguments: RuntimeUnderTest.allCases)
  func root(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let outcome = try fixture.container("write", "/tmp/a", "b", "--", "open", "/work", "--", "read", "/tmp/a")
      #expect(outcome.lines == ["ok", "ENOENT", "b"])
      #expect(try File.readText(fixture.rootfs + "/tmp/a") == "b")
    }
  }

  @Test("a read-only root", arguments: RuntimeUnderTest.allCases)
  func readOnlyRoot(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.root?.readonly = true
      let outcome = try fixture.container("write", "/tmp/a", "b", "--", "write", "/dev/shm/a", "b")
      #expect(outcome.lines == ["EROFS", "ok"])
    }
  }

  @Test("nothing of it appears in the host's mount table", arguments: RuntimeUnderTest.allCases)
  func hostMounts(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let (id, _) = try fixture.start("sleep", "60000")
      #expect(try !File.readText("/proc/self/mountinfo").contains(fixture.directory))
      _ = try fixture.run("kill", [id, "KILL"])
    }
  }

  @Test("nothing of the host's mounts is left in it", arguments: RuntimeUnderTest.allCases)
  func noHostMounts(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let targets = try fixture.container("mounts").lines.compactMap { line -> String? in
        let fields = line.split(separator: " ")
        return fields.count > 4 ? String(fields[4]) : nil
      }
      #expect(targets.contains("/"))
      #expect(targets.allSatisfy { $0 == "/" || $0.hasPrefix("/proc") || $0.hasPrefix("/dev") || $0.hasPrefix("/sys") })
    }
  }

  @Test("default devices and links", arguments: RuntimeUnderTest.allCases)
  func devices(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let outcome = try fixture.container(
        "stat", "/dev/null", "--", "stat", "/dev/zero", "--", "stat", "/dev/full", "--", "stat", "/dev/random", "--",
        "stat",
        "/dev/urandom", "--", "stat", "/dev/tty", "--", "link", "/dev/fd", "--", "link", "/dev/stdin", "--", "link",
        "/dev/ptmx", "--", "open", "/dev/null", "rw", "--", "open", "/dev/urandom", "r")
      #expect(
        outcome.lines == [
          "20666 0:0 1:3", "20666 0:0 1:5", "20666 0:0 1:7", "20666 0:0 1:8", "20666 0:0 1:9", "20666 0:0 5:0",
          "/proc/self/fd",
          "/proc/self/fd/0", "pts/ptmx", "ok", "ok",
        ])
    }
  }

  @Test("further devices", arguments: RuntimeUnderTest.allCases)
  func furtherDevices(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.linux?.devices = [
        RuntimeDevice(type: "c", path: "/dev/sub/fuse", major: 10, minor: 229, fileMode: 0o640, uid: 3, gid: 4)
      ]
      #expect(try fixture.container("stat", "/dev/sub/fuse").lines == ["20640 3:4 10:229"])
    }
  }

  @Test("masked and read-only paths", arguments: RuntimeUnderTest.allCases)
  func masks(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let outcome = try fixture.container(
        "read", "/proc/keys", "--", "ls", "/sys/firmware", "--", "write", "/proc/sys/kernel/domainname", "x", "--",
        "say", "end")
      #expect(outcome.lines == ["EROFS", "end"], "\(outcome)")
    }
  }

  // Moonpool alone: crun leaves the directory above the v1 hierarchies writable.
  @Test("the cgroup mount is read-only")
  func readOnlyCgroups() throws {
    try Fixture.with { (fixture) throws in
      #expect(try fixture.container("write", "/sys/fs/cgroup/x", "y").lines == ["EROFS"])
    }
  }

  @Test("sysctls of its namespaces", arguments: RuntimeUnderTest.allCases)
  func sysctls(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.linux?.sysctl = ["net.ipv4.ip_forward": "1", "kernel.msgmax": "4096"]
      let outcome = try fixture.container(
        "read", "/proc/sys/net/ipv4/ip_forward", "--", "read", "/proc/sys/kernel/msgmax")
      #expect(outcome.lines == ["1", "4096"])
    }
  }

  @Test("cgroup namespace: its own group is the root", arguments: RuntimeUnderTest.allCases)
  func cgroupNamespace(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.linux?.namespaces.append(RuntimeNamespace(type: .cgroup))
      let lines = try fixture.container("read", "/proc/self/cgroup").lines
      #expect(lines.contains { $0.contains(":pids:/") && $0.hasSuffix(":/") } || lines == ["0::/"], "\(lines)")
    }
  }

  @Test("its cgroup is mounted where programs look for limits", arguments: RuntimeUnderTest.allCases)
  func cgroupMount(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.linux?.namespaces.append(RuntimeNamespace(type: .cgroup))
      fixture.spec.linux?.resources?.pids = RuntimePids(limit: 77)
      let v1 = "/sys/fs/cgroup/pids/pids.max"
      let path = FileStatus.exists("/sys/fs/cgroup/pids") ? v1 : "/sys/fs/cgroup/pids.max"
      #expect(try fixture.container("read", path).lines == ["77"])
    }
  }

  @Test("user and time namespaces are refused in words", arguments: [RuntimeNamespaceKind.user, .time])
  func refused(_ kind: RuntimeNamespaceKind) throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.linux?.namespaces.append(RuntimeNamespace(type: kind))
      let outcome = try fixture.container("id")
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("\(kind.rawValue) namespaces are not supported"))
    }
  }
}
