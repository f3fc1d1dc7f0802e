import CLinux
import Cgroups
import Glibc
import LinuxSystem
import OCI
import ShimProtocol
import TestSupport
import Testing

/// A real shim with a container whose root holds a static busybox, all of it gone afterwards.
final class ShimFixture {
  let id = "test" + String(UInt64.random(in: 0 ... .max), radix: 16)
  let directory: String
  let group: Cgroup
  private let parent: Cgroup
  private(set) var shimPID: Int32 = 0
  private var shim: PIDDescriptor?

  var logPath: String { directory + "/container.log" }
  var exitPath: String { directory + "/exit" }
  var socketPath: String { directory + "/shim.sock" }
  var rootfs: String { directory + "/rootfs" }

  /// Runs `body` and clears up, whatever happens in it; then nothing may be left.
  static func with(_ body: (ShimFixture) throws -> Void) throws {
    let fixture = try ShimFixture()
    defer { fixture.tearDown() }
    try body(fixture)
  }

  private init() throws {
    directory = "/tmp/moonpool-test-\(id)"
    let layout = try CgroupLayout.discover()
    parent = Cgroup("/moonpool-test-\(id)", in: layout)
    group = Cgroup("/moonpool-test-\(id)/\(id)", in: layout)
    for path in ["/rootfs/bin", "/rootfs/proc", "/rootfs/dev", "/rootfs/sys", "/rootfs/tmp"] {
      try Directory.makeAll(directory + path)
    }
    try Self.installBusybox(rootfs)
  }

  private static func installBusybox(_ root: String) throws {
    let busybox = try File.read("/bin/busybox")
    try File.replace(root + "/bin/busybox", with: busybox, mode: 0o755)
    for name in [
      "sh", "cat", "echo", "sleep", "kill", "true", "head", "tail", "stty", "tty", "yes", "printf", "dd", "seq",
    ] {
      try check(cl_symlinkat("busybox", Int32(CL_AT_FDCWD), root + "/bin/" + name), "symlink")
    }
  }

  /// A spec that runs `script` in a shell, with `change` applied.
  func spec(_ script: String, _ change: (inout LaunchSpec) -> Void = { _ in }) -> LaunchSpec {
    spec(arguments: ["/bin/sh", "-c", script], change)
  }

  func spec(arguments: [String], _ change: (inout LaunchSpec) -> Void = { _ in }) -> LaunchSpec {
    let runtime = RuntimeSpec(
      process: RuntimeProcess(args: arguments, env: ["PATH=/bin"], cwd: "/"), root: RuntimeRoot(path: rootfs),
      hostname: "shim-test",
      mounts: [
        RuntimeMount(destination: "/proc", type: "proc", source: "proc"),
        RuntimeMount(
          destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755", "size=65536k"]),
        RuntimeMount(
          destination: "/dev/pts", type: "devpts", source: "devpts",
          options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
      ],
      linux: RuntimeLinux(
        namespaces: [.pid, .network, .mount, .ipc, .uts].map { RuntimeNamespace(type: $0) },
        resources: RuntimeResources()))
    var spec = LaunchSpec(
      id: id, runtime: runtime, rootfs: rootfs, cgroup: group.path,
      log: LogSpec(kind: .jsonFile, path: logPath, maxFiles: 1), exitFile: exitPath, runDirectory: directory)
    change(&spec)
    return spec
  }

  /// Starts the shim as a daemon does and returns that daemon's end.
  func launch(_ spec: LaunchSpec, kept: [Int32] = []) throws -> TestDaemon {
    var ends: [Int32] = [-1, -1]
    try check(cl_socketpair(seqpacket, &ends), "socketpair")
    let near = OwnedDescriptor(owning: ends[0])
    let far = OwnedDescriptor(owning: ends[1])
    let listener = OwnedDescriptor(owning: try check(cl_unix_socket(seqpacket), "socket"))
    try check(cl_unix_bind(listener.rawValue, socketPath), "bind", socketPath)
    try check(cl_listen(listener.rawValue, 8), "listen")
    let memory = try MemoryFile.sealed("spec", try spec.encoded())
    let extra = kept.enumerated().map {
      Program.DescriptorMapping($0.element, as: LaunchDescriptor.firstKept + Int32($0.offset))
    }
    shimPID = try Program.launch(
      Self.shimPath, arguments: ["moonpool-shim", "run", id],
      descriptors: [
        .init(2, as: 2), .init(far.rawValue, as: LaunchDescriptor.control),
        .init(memory.rawValue, as: LaunchDescriptor.spec), .init(listener.rawValue, as: LaunchDescriptor.listener),
      ] + extra)
    shim = try PIDDescriptor(pid: shimPID)
    return TestDaemon(near)
  }

  /// Launches, starts and returns when the program runs.
  func run(_ spec: LaunchSpec) throws -> TestDaemon {
    let daemon = try launch(spec)
    try daemon.done(.start)
    return daemon
  }

  /// Acknowledges the end and waits for the shim's.
  func finish(_ daemon: TestDaemon) throws {
    try daemon.done(.acknowledge(exec: nil))
    try waitForShim()
  }

  func waitForShim() throws {
    guard let descriptor = shim?.rawValue else { return }
    guard cl_poll_one(descriptor, 1, 10_000) > 0 else { throw TestFailure("the shim has not ended") }
    shim = nil
  }

  /// The log's entries: text and stream.
  func log(suffix: String = "") throws -> [(text: String, stream: String)] {
    try logLines(suffix: suffix).map { value in (value["log"] ?? "", value["stream"] ?? "") }
  }

  var exitRecord: ExitRecord { get throws { try ExitRecord(decoding: File.read(exitPath)) } }

  private func tearDown() {
    if let descriptor = shim?.rawValue {
      _ = cl_pidfd_send_signal(descriptor, SIGKILL)
      _ = cl_poll_one(descriptor, 1, 5000)
    }
    let leftOver = !group.allProcesses().isEmpty
    _ = try? group.killAll()
    let groupThere = (try? group.statistics()) != nil
    if groupThere { try? group.delete() }
    if shim == nil {
      #expect(!leftOver, "processes were left in the container's cgroup")
      #expect(!groupThere, "the container's cgroup was left")
    }
    do { try parent.delete() } catch { Issue.record("\(error)") }
    #expect(!((try? File.readText("/proc/self/mountinfo")) ?? "").contains(id), "a mount was left")
    try? Directory.removeAll(directory)
  }

  /// Beside the test bundle, where the build puts every program; MOONPOOL_SHIM names another (a release build).
  static let shimPath: String = {
    if let path = getenv("MOONPOOL_SHIM") { return String(cString: path) }
    for argument in CommandLine.arguments where argument.contains("/debug/") || argument.contains("/release/") {
      if let slash = argument.lastIndex(of: "/") { return argument[...slash] + "moonpool-shim" }
    }
    return "moonpool-shim"
  }()
}
