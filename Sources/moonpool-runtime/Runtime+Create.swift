import CLinux
import Cgroups
import ContainerRuntime
import JSON
import LinuxSystem
import OCI
import SeccompCompiler

extension Runtime {
  /// The bundle's configuration, made absolute.
  private func load(_ id: String) throws -> ContainerRecord {
    let directory = try OwnedDescriptor.open(arguments.value("bundle") ?? ".", [.path, .directory])
    let bundle = try OwnedDescriptor.readLink(directory.procPath)
    var spec: RuntimeSpec
    do { spec = try JSON.decode(RuntimeSpec.self, from: try File.read(bundle + "/config.json")) } catch let error
      as JSONError
    {
      throw UsageError("\(bundle)/config.json: \(error)")
    }
    guard let root = spec.root else { throw UsageError("\(bundle)/config.json: root is missing") }
    let rootfs = SafePath.clean(root.path.hasPrefix("/") ? root.path : bundle + "/" + root.path)
    if spec.linux?.resources != nil || spec.linux != nil {
      var resources = spec.linux?.resources ?? RuntimeResources()
      // The specification's default devices work whatever the rules say, as in runc and crun.
      if !resources.devices.isEmpty { resources.devices += Specification.defaultDeviceRules }
      spec.linux?.resources = resources
    }
    var cgroup = spec.linux?.cgroupsPath ?? ""
    if cgroup.isEmpty { cgroup = "/moonpool-" + id }
    guard !cgroup.contains(":") else {
      throw UsageError("cgroupsPath \"\(cgroup)\": systemd's form is not supported, use a path")
    }
    var seconds: Int64 = 0
    var nanoseconds: Int64 = 0
    cl_realtime(&seconds, &nanoseconds)
    return ContainerRecord(
      id: id, bundle: bundle, rootfs: rootfs, pid: 0, startTime: 0, created: seconds, cgroup: SafePath.clean(cgroup),
      spec: spec)
  }

  func create(_ id: String) throws {
    let listenerOwner = try makeContainer(id, detached: true)
    _ = listenerOwner.takePIDDescriptor()
  }

  /// Everything up to the created state. On error nothing remains.
  func makeContainer(_ id: String, detached: Bool, relay: ((consuming OwnedDescriptor) -> Void)? = nil) throws
    -> PendingProcess
  {
    var record = try load(id)
    let terminal = record.spec.process?.hasTerminal ?? false
    let consoleSocket = arguments.value("console-socket")
    if terminal, consoleSocket == nil, relay == nil {
      throw UsageError("process.terminal needs --console-socket, to hand the terminal over")
    }
    if !terminal, consoleSocket != nil {
      throw UsageError("--console-socket is given, but process.terminal is false")
    }
    try store.claim(id)
    let cgroup = Cgroup(record.cgroup, in: try .discover())
    do {
      try store.save(record)
      try cgroup.create()
      if let resources = record.spec.linux?.resources { try cgroup.apply(resources) }

      var configuration = ContainerConfiguration(
        id: id, spec: record.spec, bundle: record.bundle, rootfs: record.rootfs, usesInit: arguments.has("init"))
      if let seccomp = record.spec.linux?.seccomp {
        configuration.seccompProgram = try SeccompCompiler().compile(seccomp)
        configuration.seccompFlags = try Specification.seccompFlags(seccomp.flags)
      }
      let size = record.spec.process?.consoleSize
      configuration.stdio =
        terminal
        ? .terminal(width: UInt16(clamping: size?.width ?? 0), height: UInt16(clamping: size?.height ?? 0))
        : .descriptors(stdin: 0, stdout: 1, stderr: 2)
      defer { if let listener = configuration.startListener { _ = cl_close(listener) } }
      if detached {
        let socket = OwnedDescriptor(owning: try check(cl_unix_socket(Int32(CL_SOCK_SEQPACKET)), "socket"))
        let directory = try OwnedDescriptor.open(store.directory(id), [.path, .directory])
        try check(cl_unix_bind(socket.rawValue, directory.procPath + "/start.sock"), "bind", store.socket(id))
        try check(cl_listen(socket.rawValue, 1), "listen", store.socket(id))
        configuration.startListener = socket.release()
      }

      let unified = cgroup.layout.isV2 ? try cgroup.directory()?.release() : nil
      defer { if let unified { _ = cl_close(unified) } }
      let hooks = (record.spec.hooks?.prestart ?? []) + (record.spec.hooks?.createRuntime ?? [])
      let state = store.state(of: record)
      configuration.cgroup = CgroupPlacement(
        descriptor: unified,
        join: { pid in
          // The namespaces exist, the root is not entered yet: the moment the specification names.
          var state = state
          state.pid = pid
          for hook in hooks { try HookRunner.run(hook, state: state) }
        },
        enter: { if unified == nil { try cgroup.enter() } })
      let pending = try CreateOperation.begin(configuration)
      do {
        try waitUntilCreated(pending, consoleSocket: consoleSocket, relay: relay)
        guard let process = ProcessInformation(pid: pending.pid) else {
          throw RuntimeError(.died, step: "init", "the container ended while it was created")
        }
        record.pid = pending.pid
        record.startTime = process.startTime
        try store.save(record)
        try writePIDFile(pending.pid)
      } catch {
        pending.kill()
        _ = try? PIDDescriptor.reap(pid: pending.pid, wait: true)
        throw error
      }
      return pending
    } catch {
      _ = try? cgroup.killAll()
      try? cgroup.delete()
      try? store.remove(id)
      throw error
    }
  }

  func waitUntilCreated(
    _ pending: PendingProcess, consoleSocket: String?, relay: ((consuming OwnedDescriptor) -> Void)?
  ) throws {
    while true {
      _ = cl_poll_readable(pending.controlDescriptor, -1)
      switch try pending.handle() {
      case .created: return
      case .terminalOpened:
        guard let master = pending.takeTerminal() else { continue }
        if let consoleSocket {
          try Self.send(master, to: consoleSocket)
        } else if let relay {
          relay(master)
        }
      case .waiting, .networkOpened, .started: continue
      }
    }
  }

  /// Hands the terminal's master over a stream socket, as containerd and podman expect it.
  private static func send(_ master: borrowing OwnedDescriptor, to path: String) throws {
    let socket = OwnedDescriptor(owning: try check(cl_unix_socket(Int32(CL_SOCK_STREAM)), "socket"))
    try check(cl_unix_connect(socket.rawValue, path), "connect", path)
    try DescriptorPassing.send(Array("/dev/ptmx".utf8), descriptors: [master.rawValue], over: socket)
  }

  func writePIDFile(_ pid: Int32) throws {
    guard let path = arguments.value("pid-file") else { return }
    try File.replace(path, with: String(pid).utf8, mode: 0o644)
  }

  /// `run`: create, start, wait, delete; with --detach only the first two.
  func runContainer(_ id: String) throws -> Int32 {
    var foreground: Int32 = -1
    let detached = arguments.has("detach")
    let relay: (consuming OwnedDescriptor) -> Void = { foreground = $0.release() }
    let wantsRelay = !detached && arguments.value("console-socket") == nil
    let pending = try makeContainer(id, detached: false, relay: wantsRelay ? relay : nil)
    let record = try store.load(id)
    do {
      try pending.start()
      try pending.wait(for: .started)
    } catch {
      _ = try? PIDDescriptor.reap(pid: pending.pid, wait: true)
      try? remove(record)
      throw error
    }
    for hook in record.spec.hooks?.poststart ?? [] {
      do { try HookRunner.run(hook, state: store.state(of: record)) } catch { Report.warning("\(error)") }
    }
    if detached { return 0 }
    let code = try Foreground.wait(pid: pending.pid, terminal: foreground)
    try remove(record)
    return code
  }
}
