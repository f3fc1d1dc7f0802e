import CLinux
import JSON
import LinuxSystem
import OCI
import Testing

/// The runtimes every case runs through: ours, and crun, to check the tests themselves.
enum RuntimeUnderTest: String, CaseIterable, CustomTestStringConvertible {
  case moonpool, crun
  var testDescription: String { rawValue }

  /// crun refuses a hybrid hierarchy: it runs in a mount namespace of its own in which the v2 part is hidden.
  func command(_ arguments: [String], root: String) -> [String] {
    switch self {
    case .moonpool:
      return [Fixture.products + "/moonpool-runtime", "--root", root] + arguments
    case .crun:
      let script = "umount /sys/fs/cgroup/unified 2>/dev/null; exec crun \"$@\""
      return ["unshare", "--mount", "sh", "-c", script, "crun", "--root", root] + arguments
    }
  }
}

/// A bundle whose root holds the helper program, and the containers made of it. Everything is removed at the end.
final class Fixture {
  /// Directory of the built programs.
  static let products: String = {
    let path = (try? OwnedDescriptor.readLink("/proc/self/exe")) ?? ""
    // Tests run by swiftpm-testing-helper or by the test bundle itself: both name the bundle in their arguments.
    for argument in [path] + CommandLine.arguments where argument.contains(".xctest") {
      let directory = argument.split(separator: "/").dropLast().joined(separator: "/")
      if FileStatus.exists("/" + directory + "/moonpool-runtime") { return "/" + directory }
    }
    return SafePath.split(path).parent
  }()

  let runtime: RuntimeUnderTest
  let directory: String
  var spec: RuntimeSpec
  private var ids: [String] = []

  static func with(_ runtime: RuntimeUnderTest = .moonpool, _ body: (Fixture) throws -> Void) throws {
    let fixture = try Fixture(runtime)
    defer { fixture.remove() }
    try body(fixture)
  }

  var rootfs: String { directory + "/rootfs" }
  var stateRoot: String { directory + "/state" }

  private init(_ runtime: RuntimeUnderTest) throws {
    self.runtime = runtime
    directory = "/tmp/moonpool-test-\(UInt32.random(in: 0 ... .max))"
    spec = Self.defaultSpec
    for name in [
      "", "/rootfs", "/rootfs/bin", "/rootfs/etc", "/rootfs/tmp", "/rootfs/proc", "/rootfs/dev", "/rootfs/sys",
    ] {
      try Directory.make(directory + name)
    }
    try check(cl_fchmodat(Int32(CL_AT_FDCWD), rootfs + "/tmp", 0o1777), "chmod")
    try install("/bin/helper")
    try write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34::/var/www:/bin/sh\n")
    try write("/etc/group", "root:x:0:\nwww:x:34:\nextra:x:50:web\nmore:x:51:other,web\n")
  }

  private func remove() {
    for id in ids { _ = try? run("delete", ["--force", id]) }
    try? Directory.removeAll(directory)
  }

  /// Puts the helper at a path of the root.
  func install(_ path: String, mode: UInt32 = 0o755) throws {
    try File.replace(rootfs + path, with: try File.read(Self.products + "/test-helper"), mode: mode)
    try check(cl_fchmodat(Int32(CL_AT_FDCWD), rootfs + path, mode), "chmod")
  }

  /// Puts the helper there built by the C compiler alone: the other carries the Swift runtime, which wants a real /proc.
  func installPlain(_ path: String) throws {
    let source = SafePath.split(SafePath.split(SafePath.split(#filePath).parent).parent).parent + "/Tests/Helper/main.c"
    let built = try Command.run(["clang", "-static", "-O1", "-o", rootfs + path, source], directory: directory)
    try #require(built.status == 0, "\(built)")
  }

  func write(_ path: String, _ text: String, mode: UInt32 = 0o644) throws {
    try File.replace(rootfs + path, with: text.utf8, mode: mode)
  }

  /// One command of the runtime.
  func run(_ command: String, _ arguments: [String] = [], input: String = "") throws -> Outcome {
    try Command.run(runtime.command([command] + arguments, root: stateRoot), input: input, directory: directory)
  }

  func writeConfiguration() throws {
    try File.replace(directory + "/config.json", with: try JSON.encode(spec))
  }

  func newID() -> String {
    let id = "moonpool-test-\(UInt32.random(in: 0 ... .max))"
    ids.append(id)
    spec.linux?.cgroupsPath = "/" + id
    return id
  }

  /// `run` with the helper and these arguments (or what `spec` says).
  func container(_ arguments: String..., options: [String] = [], input: String = "") throws -> Outcome {
    if !arguments.isEmpty { spec.process?.args = ["/bin/helper"] + arguments }
    let id = newID()
    try writeConfiguration()
    return try run("run", ["--bundle", directory] + options + [id], input: input)
  }

  /// `create` and `start`, without waiting; the container's output goes to the returned program's.
  func start(_ arguments: String...) throws -> (id: String, program: Running) {
    spec.process?.args = ["/bin/helper"] + arguments
    let id = newID()
    try writeConfiguration()
    let created = try Command.start(
      runtime.command(["create", "--bundle", directory, id], root: stateRoot), directory: directory)
    let outcome = try created.wait()
    try #require(outcome.status == 0, "\(outcome)")
    let started = try run("start", [id])
    try #require(started.status == 0, "\(started)")
    return (id, created)
  }

  func exec(_ id: String, _ arguments: String..., options: [String] = []) throws -> Outcome {
    try run("exec", options + [id, "/bin/helper"] + arguments)
  }

  func state(_ id: String) throws -> RuntimeState {
    try JSON.decode(RuntimeState.self, from: Array(try run("state", [id]).output.utf8))
  }

  func waitUntil(_ id: String, _ status: RuntimeStatus) throws {
    for _ in 0..<500 {
      if try state(id).status == status { return }
      usleepShort()
    }
    throw SystemError(operation: "wait for \(status.rawValue)", errno: .timedOut)
  }

  private func usleepShort() { _ = cl_poll_readable(-1, 10) }

  static let capabilities = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
    "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
  ]

  /// What Docker gives a container, as far as both runtimes know it.
  static let defaultSpec = RuntimeSpec(
    ociVersion: "1.0.2",
    process: RuntimeProcess(
      args: ["/bin/helper"], env: ["PATH=/bin", "A=b"],
      capabilities: RuntimeCapabilities(bounding: capabilities, effective: capabilities, permitted: capabilities)),
    root: RuntimeRoot(path: "rootfs"), hostname: "box",
    mounts: [
      RuntimeMount(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
      RuntimeMount(
        destination: "/dev", type: "tmpfs", source: "tmpfs",
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
      RuntimeMount(
        destination: "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
      RuntimeMount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
      RuntimeMount(
        destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid", "noexec", "nodev"]),
      RuntimeMount(
        destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
      RuntimeMount(
        destination: "/dev/shm", type: "tmpfs", source: "shm",
        options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
    ],
    linux: RuntimeLinux(
      namespaces: [.pid, .network, .ipc, .uts, .mount].map { RuntimeNamespace(type: $0) },
      resources: RuntimeResources(devices: [RuntimeDeviceRule(allow: false, access: "rwm")]),
      maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware", "/proc/absent"],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]))
}
