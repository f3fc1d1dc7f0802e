import CLinux
import LinuxSystem
import OCI

/// A further process of a container, from the clone to the exec.
struct ExecProcess {
  let configuration: ExecConfiguration
  /// pidfd of the container's first process.
  let container: Int32
  let channel: InitChannel
  let streams: ChildStreams

  func run() -> Never {
    do {
      try execute()
      cl_exit(1)
    } catch {
      channel.fail(error)
    }
  }

  private func execute() throws(RuntimeError) {
    try step("cgroup") { try configuration.cgroup.enter?() }
    // The container's processes can see this one from the setns on, and must not get at it (CVE-2016-9962).
    try step("init") { try check(cl_prctl(PrctlOption.setDumpable, 0, 0, 0, 0), "prctl") }
    try step("session") { try check(cl_setsid(), "setsid") }
    let host = try step("host") { try HostHandles() }
    try step("oom score") {
      try OOMScore.apply(configuration.process.oomScoreAdj ?? configuration.defaultOOMScoreAdjust, host)
    }
    try step("session keyring") { try SessionKeyring.join("exec") }
    // All at once, by the process and not by paths: the kernel takes them of one task, which cannot be replaced midway.
    try step("namespaces") {
      try Namespace.enter(raw: container, [.mount, .network, .uts, .ipc, .cgroup])
      _ = cl_close(container)
      try check(cl_chdir("/"), "chdir", "/")
    }
    let inside = try step("root") { SafePath(root: try OwnedDescriptor.open("/", [.path, .directory])) }
    if let terminal = streams.terminal {
      try step("terminal") {
        let master = try Console.open(
          in: inside, size: terminal, owner: configuration.process.user.uid, bindsConsole: false)
        try channel.send(.terminal, descriptors: [master.rawValue])
      }
    } else {
      try step("standard streams") { try StandardStreamsStep.apply(streams) }
    }
    let handles = ProcessHandles(host: host)
    try channel.expect(.proceed)
    try channel.send(.created)
    try channel.expect(.start)
    try ProgramStart(
      process: configuration.process, seccompProgram: configuration.seccompProgram,
      seccompFlags: configuration.seccompFlags, usesInit: false, personality: nil, handles: handles
    ).execute()
  }
}
