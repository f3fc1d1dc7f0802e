internal import CLinux
internal import Cgroups
internal import ContainerRuntime
internal import JSON
internal import LinuxSystem
internal import OCI
internal import ShimProtocol

extension ContainerShim {
  // MARK: Creating

  func create() {
    do throws(RuntimeError) {
      try prepareGroup()
      let begun = try CreateOperation.begin(configuration())
      try watch(begun)
    } catch {
      failure = error
      broadcast(.failed(ShimProtocolError(error)))
      if process == nil { finish(ExitStatus(code: error.exitCode, finishedAt: LogTimestamp.now())) }
    }
  }

  private func configuration() throws(RuntimeError) -> ContainerConfiguration {
    let stdio: StandardStreams =
      spec.stdio.terminal
      ? .terminal(width: spec.stdio.width, height: spec.stdio.height) : .pipes(stdin: spec.stdio.openStdin)
    return ContainerConfiguration(
      id: spec.id, spec: spec.runtime, rootfs: spec.rootfs, rootMounts: spec.rootMounts,
      seccompProgram: spec.seccomp?.bytes, stdio: stdio, cgroup: try placement(),
      opensNetwork: hasOwnNetwork, waitsForNetwork: spec.network.wait && hasOwnNetwork,
      opensDNSSockets: spec.network.dns && hasOwnNetwork, usesInit: spec.useInit, defaultOOMScoreAdjust: 0)
  }

  private var hasOwnNetwork: Bool {
    spec.runtime.linux?.namespaces.contains { $0.type == .network && ($0.path ?? "").isEmpty } ?? false
  }

  private func prepareGroup() throws(RuntimeError) {
    guard let group else { return }
    do throws(CgroupError) {
      try group.create()
      if let resources = spec.runtime.linux?.resources { try group.apply(resources) }
      oom = try OOMWatch.start(group)
    } catch {
      throw RuntimeError(.system, step: "cgroup", errno: error.errno == 0 ? nil : Errno(error.errno), error.message)
    }
    guard let descriptor = oom?.descriptor.rawValue, let events = oom?.events else { return }
    oomWatch = try? loop.add(descriptor, EventLoop.Events(rawValue: events)) { [unowned self] _ in sawOOM() }
  }

  /// On v2 the process is born in its group; where there is v1, it moves itself into those groups.
  func placement() throws(RuntimeError) -> CgroupPlacement {
    guard let group else { return CgroupPlacement() }
    do throws(CgroupError) {
      if groupDirectory == nil, let opened = try group.directory() {
        groupDirectory = SharedDescriptors.Shared(opened)
      }
      let number = groupDirectory?.descriptor.rawValue
      guard !group.layout.hierarchies.isEmpty else { return CgroupPlacement(descriptor: number) }
      return CgroupPlacement(descriptor: number, enter: { try group.enter(includingUnified: number == nil) })
    } catch {
      throw RuntimeError(.system, step: "cgroup", errno: error.errno == 0 ? nil : Errno(error.errno), error.message)
    }
  }

  private func watch(_ begun: PendingProcess) throws(RuntimeError) {
    pending = begun
    pid = begun.pid
    startTime = Self.startTime(of: begun.pid)
    process = begun.takePIDDescriptor()
    do throws(SystemError) {
      if let descriptor = process?.rawValue {
        processWatch = try loop.add(descriptor, .readable) { [unowned self] _ in processEnded() }
      }
      controlWatch = try loop.add(begun.controlDescriptor, .readable) { [unowned self] _ in progress() }
      if let streams = begun.takeStreams() { try io.connect(streams) }
    } catch {
      begun.kill()
      throw RuntimeError(step: "shim", error)
    }
    phase = .created
    if !hasOwnNetwork { announceCreated() }
  }

  private func announceCreated() {
    let kinds: [LentDescriptor] = [.networkNamespace, .netlink]
    let lent = network.descriptors.filter { kinds.contains($0.kind) }
    broadcast(
      .created(ContainerCreated(pid: pid, startTime: startTime, descriptors: lent.map(\.kind))),
      SharedDescriptors(lent.map(\.descriptor)))
  }

  /// The child has something to say. Returns whether there may be more.
  @discardableResult
  private func progress() -> Bool {
    guard let pending else { return false }
    do throws(RuntimeError) {
      switch try pending.handle() {
      case .waiting: return false
      case .networkOpened:
        if let opened = pending.takeNetwork() {
          do throws(SystemError) {
            try take(opened)
          } catch {
            pending.kill()
            throw RuntimeError(step: "network", error)
          }
        }
        announceCreated()
      case .terminalOpened:
        if let master = pending.takeTerminal() {
          do throws(SystemError) {
            try io.connect(terminal: master, acceptsInput: spec.stdio.openStdin)
          } catch {
            pending.kill()
            throw RuntimeError(step: "terminal", error)
          }
        }
      case .created:
        isCreated = true
        if startReply != nil { try pending.start() }
      case .started: started()
      }
    } catch {
      failed(error)
    }
    return self.pending != nil
  }

  private func take(_ opened: consuming NetworkDescriptors) throws(SystemError) {
    network.add(.networkNamespace, try opened.namespace.duplicate())
    network.add(.netlink, try opened.netlink.duplicate())
    if let socket = opened.dnsUDP.take() { network.add(.dnsUDP, socket) }
    if let socket = opened.dnsTCP.take() { network.add(.dnsTCP, socket) }
  }

  private func started() {
    forgetControl()
    startedAt = LogTimestamp.now()
    phase = .running
    broadcast(.started(ContainerStarted(pid: pid, startedAt: startedAt)))
    startReply?(.done)
    startReply = nil
  }

  /// The runtime has killed the process; its end comes by the pidfd.
  func failed(_ error: RuntimeError) {
    forgetControl()
    guard failure == nil else { return }
    failure = error
    let reason = ShimProtocolError(error)
    broadcast(.failed(reason))
    startReply?(.failed(reason))
    startReply = nil
  }

  private func forgetControl() {
    if let controlWatch { loop.remove(controlWatch) }
    controlWatch = nil
    pending = nil
  }

  // MARK: Ending

  private func processEnded() {
    guard exit == nil, let ending = (try? process?.reap()) ?? nil else { return }
    if let processWatch { loop.remove(processWatch) }
    processWatch = nil
    // Its last words may still be there to read: why it ended.
    while progress() {}
    if pending != nil {
      failed(RuntimeError(.died, step: "init", "the container's process ended before its program was started"))
    }
    var status = ExitStatus(ending.status, startedAt: startedAt)
    if let failure, startedAt == 0 {
      status.code = failure.exitCode
      status.signal = nil
      status.error = failure.description
    }
    // Processes outside the container's pid namespace would hold its streams and its cgroup.
    group?.signalAll()
    io.programEnded { [unowned self] in finish(status) }
  }

  private func sawOOM() {
    guard let count = oom?.drain(), count > 0, !isOOMKilled else { return }
    isOOMKilled = true
    broadcast(.oom)
  }

  /// Everything has been read: records the end, tells it, clears up.
  private func finish(_ status: ExitStatus) {
    guard exit == nil else { return }
    if group.map({ $0.oomKills() > 0 }) ?? false, !isOOMKilled {
      isOOMKilled = true
      broadcast(.oom)
    }
    var status = status
    status.oomKilled = isOOMKilled
    if status.error == nil, let failure, startedAt == 0 { status.error = failure.description }
    if let dropped = io.log?.droppedLines, dropped > 0, status.error == nil {
      status.error = "\(dropped) lines of output could not be written to the log"
    }
    exit = status
    phase = .exited
    do {
      try File.replace(spec.exitFile, with: try ExitRecord(id: spec.id, status: status).encoded())
    } catch {
      exit?.error = "\(status.error.map { "\($0); " } ?? "")the exit file could not be written: \(error)"
      status = exit ?? status
    }
    // These keep the network namespace alive.
    network = LentNetwork()
    kept.releaseAll()
    broadcast(.exited(status))
    removeGroup()
  }

  private func removeGroup() {
    if let oomWatch { loop.remove(oomWatch) }
    oomWatch = nil
    oom = nil
    groupDirectory = nil
    guard let group else { return }
    do throws(CgroupError) {
      try group.delete(timeout: .milliseconds(200))
    } catch {
      // Something is still ending, or was frozen by its own doing.
      _ = try? group.killAll()
      try? group.delete()
    }
  }

  /// Field 22 of /proc/PID/stat, counted behind the name, which may contain anything.
  static func startTime(of pid: Int32) -> UInt64 {
    guard let text = try? File.readText("/proc/\(pid)/stat"), let name = text.lastIndex(of: ")") else { return 0 }
    let fields = text[name...].split(separator: " ")
    return fields.count > 20 ? UInt64(fields[20]) ?? 0 : 0
  }
}

extension ExitStatus {
  init(_ status: WaitStatus, startedAt: Int64) {
    self.init(code: status.exitCode, startedAt: startedAt, finishedAt: LogTimestamp.now())
    if case .signalled(let signal, _) = status { self.signal = signal.rawValue }
  }
}

extension ShimProtocolError {
  init(_ error: RuntimeError) {
    let code: Code =
      switch error.kind {
      case .programNotFound: .commandNotFound
      case .programNotExecutable: .commandNotExecutable
      case .invalidConfiguration: .invalid
      case .system, .died: .system
      }
    self.init(code, error.description, step: error.step, errno: error.errno?.rawValue)
  }
}
