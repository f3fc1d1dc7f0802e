import CLinux
import LinuxSystem
import OCI

/// The first process of a container, from the clone to the exec. Plain system calls only: after a raw clone the C
/// library's idea of the thread is stale.
///
/// The order of the steps is part of the security of the whole; each step's file says why it stands where it stands.
struct InitProcess {
  let configuration: ContainerConfiguration
  let namespaces: NamespacePlan
  var channel: InitChannel
  let streams: ChildStreams

  var spec: RuntimeSpec { configuration.spec }
  var linux: RuntimeLinux { configuration.spec.linux ?? RuntimeLinux() }

  func run() -> Never {
    var process = self
    do {
      try process.create()
      try process.execute()
      cl_exit(1)
    } catch {
      process.channel.fail(error)
    }
  }

  private mutating func create() throws(RuntimeError) {
    try step("cgroup") { try configuration.cgroup.enter?() }
    // Not to be inspected through /proc by anyone in the container's namespaces until the exec (CVE-2016-9962).
    try step("init") { try check(cl_prctl(PrctlOption.setDumpable, 0, 0, 0, 0), "prctl") }
    try step("session") { try check(cl_setsid(), "setsid") }
    try step("namespaces") { try namespaces.enter() }
    let host = try step("host") { try HostHandles() }
    let ownsNetwork = namespaces.created.contains(.network)
    if ownsNetwork { try step("loopback") { try check(cl_loopback_up(), "bring up lo") } }
    if configuration.opensNetwork { try openNetwork() }
    try step("oom score") { try OOMScore.apply(spec.process?.oomScoreAdj ?? configuration.defaultOOMScoreAdjust, host) }
    try step("session keyring") { try SessionKeyring.join(configuration.id) }

    try step("propagation") { try Propagation.prepare(linux.rootfsPropagation, rootfs: configuration.rootfs) }
    let root = try step("root") { try RootMount.attach(configuration) }
    let mounts = ContainerMounts(
      root: root, rootfs: configuration.rootfs, bundle: configuration.bundle,
      hasCgroupNamespace: namespaces.createsCgroupNamespace)
    let (early, late) = Self.orderForOverlap(spec.mounts)
    for mount in early {
      try step("mounts") { try mounts.apply(mount) }
    }
    if !spec.mounts.contains(where: { SafePath.clean($0.destination) == "/dev" && $0.isBind }) {
      try step("devices") { try Devices.make(linux.devices, in: mounts.root) }
    }
    if let process = spec.process {
      // Docker makes the working directory; a failure is reported by the chdir, which knows more.
      _ = try? mounts.root.makeDirectory(process.cwd)
    }
    try channel.expect(.proceed)
    try step("namespaces") { try namespaces.unshareCgroup() }
    for mount in late {
      try step("mounts") { try mounts.apply(mount) }
    }
    try runHooks(spec.hooks?.createContainer, status: .creating)
    try step("read-only paths") { try ReadOnlyPaths.apply(linux.readonlyPaths, in: mounts.root) }
    try step("masked paths") { try MaskedPaths.apply(linux.maskedPaths, in: mounts.root, host) }
    try step("pivot root") { try PivotRoot.enter(mounts.root, propagation: linux.rootfsPropagation) }

    let inside = try step("root") { SafePath(root: try OwnedDescriptor.open("/", [.path, .directory])) }
    if spec.root?.isReadOnly ?? false { try step("read-only root") { try ReadOnlyPaths.protectRoot(inside) } }
    if configuration.waitsForNetwork { try channel.expect(.networkReady) }
    try step("sysctl") { try Sysctls.apply(linux.sysctl, host) }
    try step("host name") { try HostNames.apply(spec) }
    if let terminal = streams.terminal {
      try step("terminal") {
        let master = try Console.open(
          in: inside, size: terminal, owner: spec.process?.user.uid ?? 0, bindsConsole: true)
        try channel.send(.terminal, descriptors: [master.rawValue])
      }
    } else {
      try step("standard streams") { try StandardStreamsStep.apply(streams) }
    }
    self.host = ProcessHandles(host: host)
    try channel.send(.created)
  }

  /// Mounts that may happen before the process is in its cgroup, and those that must not: the cgroup mounts and, since
  /// the order of what lies on one another counts, everything after one that touches its place.
  static func orderForOverlap(_ mounts: [RuntimeMount]) -> (early: [RuntimeMount], late: [RuntimeMount]) {
    var early: [RuntimeMount] = []
    var late: [RuntimeMount] = []
    for mount in mounts {
      let place = SafePath.clean(mount.destination) + "/"
      let touches = late.contains { other in
        let otherPlace = SafePath.clean(other.destination) + "/"
        return place.hasPrefix(otherPlace) || otherPlace.hasPrefix(place)
      }
      let isCgroup = !mount.isBind && (mount.type == "cgroup" || mount.type == "cgroup2")
      if isCgroup || touches { late.append(mount) } else { early.append(mount) }
    }
    return (early, late)
  }

  /// What `execute` still needs of the host: numbers only, since this struct is copied.
  private var host: ProcessHandles?

  init(configuration: ContainerConfiguration, namespaces: NamespacePlan, channel: InitChannel, streams: ChildStreams) {
    self.configuration = configuration
    self.namespaces = namespaces
    self.channel = channel
    self.streams = streams
  }

  private mutating func execute() throws(RuntimeError) {
    if let listener = configuration.startListener {
      try channel.acceptSuccessor(on: listener)
      _ = cl_close(listener)
    }
    try channel.expect(.start)
    try runHooks(spec.hooks?.startContainer, status: .created)
    guard let process = spec.process, let host else { return }
    try ProgramStart(
      process: process, seccompProgram: configuration.seccompProgram, seccompFlags: configuration.seccompFlags,
      usesInit: configuration.usesInit, personality: linux.personality, handles: host
    ).execute()
  }

  private func openNetwork() throws(RuntimeError) {
    let descriptors = try step("network") { () throws(SystemError) -> [Int32] in
      var descriptors = [
        try check(cl_netlink_socket(0, 0), "netlink socket"),
        try OwnedDescriptor.open("/proc/self/ns/net").release(),
      ]
      if configuration.opensDNSSockets {
        for type in [CL_SOCK_DGRAM, CL_SOCK_STREAM] {
          let socket = try check(cl_inet_socket(Int32(type)), "socket")
          // Docker's address of the name server, which only this namespace can reach.
          try check(cl_inet_bind(socket, 0x7f00_000b, 53), "bind", "127.0.0.11:53")
          if type == CL_SOCK_STREAM { try check(cl_listen(socket, 128), "listen", "127.0.0.11:53") }
          descriptors.append(socket)
        }
      }
      return descriptors
    }
    try channel.send(.network, descriptors: descriptors)
    for descriptor in descriptors { _ = cl_close(descriptor) }
  }

  private func runHooks(_ hooks: [RuntimeHook]?, status: RuntimeStatus) throws(RuntimeError) {
    guard let hooks, !hooks.isEmpty else { return }
    let state = RuntimeState(
      id: configuration.id, status: status, pid: cl_getpid(), bundle: configuration.bundle,
      annotations: spec.annotations)
    for hook in hooks { try HookRunner.run(hook, state: state) }
  }
}

/// prctl(2) options.
enum PrctlOption {
  static let setDumpable: Int32 = 4
  static let setKeepCapabilities: Int32 = 8
  static let boundingDrop: Int32 = 24
  static let setNoNewPrivileges: Int32 = 38
  static let ambient: Int32 = 47
  static let ambientRaise: UInt = 2
  static let ambientClearAll: UInt = 4
}

/// Descriptors of the host taken before anything of the container is touched, so that no later path through the
/// container's tree can stand in for them (CVE-2025-31133, CVE-2025-52881).
struct HostHandles: ~Copyable {
  /// The host's procfs.
  let proc: OwnedDescriptor
  /// The host's /dev/null, verified to be the device 1:3.
  let null: OwnedDescriptor
  /// The running executable.
  let executable: OwnedDescriptor

  init() throws(SystemError) {
    let proc = try OwnedDescriptor.open("/proc", [.path, .directory])
    guard try proc.fileSystemStatus().isProc else {
      throw SystemError(operation: "check procfs", errno: .invalid, path: "/proc")
    }
    let null = try OwnedDescriptor.open("/dev/null", .path)
    let status = try null.status()
    guard status.kind == .characterDevice, status.specialDevice == cl_makedev(1, 3) else {
      throw SystemError(operation: "check device 1:3", errno: .invalid, path: "/dev/null")
    }
    let executable = try OwnedDescriptor.open("/proc/self/exe", .path)
    self.proc = proc
    self.null = null
    self.executable = executable
  }

  /// Opens a file of the procfs by descriptor, refusing to leave it or to follow any link.
  static func openProcFile(_ path: String, in proc: Int32, _ flags: OpenFlags = .writeOnly) throws(SystemError)
    -> OwnedDescriptor
  {
    OwnedDescriptor(
      owning: try check(
        cl_openat2(
          proc, path, UInt64(UInt32(bitPattern: flags.rawValue)) | UInt64(CL_O_CLOEXEC), 0,
          UInt64(CL_RESOLVE_BENEATH) | UInt64(CL_RESOLVE_NO_XDEV) | UInt64(CL_RESOLVE_NO_MAGICLINKS)),
        "open", "/proc/" + path))
  }

  /// Writes by one write(2), as kernel files want it.
  static func writeProcFile(_ path: String, _ text: String, in proc: Int32) throws(SystemError) {
    let file = try openProcFile(path, in: proc)
    var text = text
    try check(text.withUTF8 { cl_write(file.rawValue, $0.baseAddress, $0.count) }, "write", "/proc/" + path)
  }
}

/// Numbers of the handles that outlive the creating phase; closed by the exec.
struct ProcessHandles {
  var proc: Int32
  var executable: Int32

  init(host: consuming HostHandles) {
    proc = cl_dup_above(host.proc.rawValue, 3)
    executable = cl_dup_above(host.executable.rawValue, 3)
  }
}
