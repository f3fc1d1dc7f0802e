internal import CLinux
internal import Cgroups
internal import ContainerRuntime
internal import LinuxSystem
internal import OCI
internal import ShimProtocol

extension ContainerShim {
  typealias Reply = (ShimResponse, SharedDescriptors) -> Void

  func handle(
    _ request: ShimRequest, _ descriptors: ReceivedDescriptors, from connection: Connection, _ reply: @escaping Reply
  ) {
    do throws(ShimProtocolError) {
      switch request {
      case .hello(let hello):
        guard hello.version >= 1 else { throw ShimProtocolError(.version, "protocol version \(hello.version)") }
        connection.isSubscribed = true
        reply(
          .hello(
            ShimHello(
              version: min(hello.version, ShimHello.protocolVersion), sender: spec.id, pid: cl_getpid())), .none)
      case .state: reply(.state(state), .none)
      case .lend(let kinds): lend(kinds, reply)
      case .networkReady:
        try networkReady()
        reply(.done, .none)
      case .start: try start { reply($0, .none) }
      case .signal(let signal):
        try send(signal)
        reply(.done, .none)
      case .resize(let resize):
        try self.resize(resize)
        reply(.done, .none)
      case .attach(let attach):
        try self.attach(attach, descriptors)
        reply(.done, .none)
      case .exec(let exec): try begin(exec, descriptors) { reply($0, .none) }
      case .pause:
        try setPaused(true)
        reply(.done, .none)
      case .resume:
        try setPaused(false)
        reply(.done, .none)
      case .update(let resources):
        try requireGroup(of: "limits") { (group) throws(CgroupError) in try group.apply(resources) }
        reply(.done, .none)
      case .keep(let labels):
        try keep(labels, descriptors)
        reply(.done, .none)
      case .release(let labels):
        kept.release(labels)
        reply(.done, .none)
      case .acknowledge(let exec):
        try acknowledge(exec)
        reply(.done, .none)
      case .reopenLog:
        io.log?.reopen()
        reply(.done, .none)
      }
    } catch {
      reply(.failed(error), .none)
    }
  }

  private func lend(_ kinds: [LentDescriptor], _ reply: Reply) {
    var lent: [(LentDescriptor, SharedDescriptors.Shared)] = []
    for kind in kinds {
      let keepPrefix = LentDescriptor.kept("").rawValue
      if let descriptor = network.find(kind) {
        lent.append((kind, descriptor))
      } else if kind.rawValue.hasPrefix(keepPrefix) {
        if let descriptor = kept.find(String(kind.rawValue.dropFirst(keepPrefix.count))) {
          lent.append((kind, descriptor))
        }
      } else if processWatch != nil {
        // Not reaped yet: the number is still this process's.
        switch kind {
        case .pid:
          if let opened = try? PIDDescriptor(pid: pid).descriptor.duplicate() {
            lent.append((kind, SharedDescriptors.Shared(opened)))
          }
        case .root:
          if let opened = try? OwnedDescriptor.open("/proc/\(pid)/root", [.path, .directory]) {
            lent.append((kind, SharedDescriptors.Shared(opened)))
          }
        default: break
        }
      }
    }
    reply(.lent(lent.map(\.0)), SharedDescriptors(lent.map(\.1)))
  }

  private func networkReady() throws(ShimProtocolError) {
    guard phase != .exited else { throw ended }
    guard !isNetworkReady else { return }
    isNetworkReady = true
    guard spec.network.wait, let pending else { return }
    do throws(RuntimeError) {
      try pending.networkReady()
    } catch {
      failed(error)
      throw ShimProtocolError(error)
    }
  }

  private func start(_ reply: @escaping (ShimResponse) -> Void) throws(ShimProtocolError) {
    if let failure { throw ShimProtocolError(failure) }
    guard phase == .created, startReply == nil else {
      throw phase == .exited ? ended : ShimProtocolError(.conflict, "the container is started already")
    }
    startReply = reply
    guard isCreated, let pending else { return }
    do throws(RuntimeError) {
      try pending.start()
    } catch {
      startReply = nil
      failed(error)
      throw ShimProtocolError(error)
    }
  }

  private func send(_ request: SignalRequest) throws(ShimProtocolError) {
    let kill: Int32 = 9
    if let id = request.exec {
      let exec = try find(id)
      guard exec.exit == nil else { throw ShimProtocolError(.conflict, "exec \(id) has ended") }
      return try signal(exec.process, request.number)
    }
    guard phase != .exited else { throw ended }
    if request.all {
      guard request.number == kill else {
        throw ShimProtocolError(.invalid, "only SIGKILL can be sent to every process")
      }
      if let group { return group.signalAll() }
    }
    switch process {
    case .some(let process): try signal(process, request.number)
    case .none: throw ShimProtocolError(.conflict, "the container is not created yet")
    }
    // The v1 freezer holds even the killed.
    if phase == .paused, request.number == kill { group?.signalAll() }
  }

  private func signal(_ process: borrowing PIDDescriptor, _ number: Int32) throws(ShimProtocolError) {
    do throws(SystemError) {
      try process.send(Signal(number))
    } catch {
      throw ShimProtocolError(error)
    }
  }

  private func resize(_ request: ResizeRequest) throws(ShimProtocolError) {
    let target = try request.exec.map { id throws(ShimProtocolError) in try find(id).io } ?? io
    do throws(SystemError) {
      try target.resize(width: request.width, height: request.height)
    } catch {
      throw ShimProtocolError(error)
    }
  }

  private func attach(_ request: AttachRequest, _ descriptors: ReceivedDescriptors) throws(ShimProtocolError) {
    let target = try request.exec.map { id throws(ShimProtocolError) in try find(id).io } ?? io
    guard let socket = descriptors.take() else {
      throw ShimProtocolError(.invalid, "attach: a stream socket belongs with the request")
    }
    do throws(SystemError) {
      try target.attach(socket, flags: request.flags)
    } catch {
      throw ShimProtocolError(error)
    }
  }

  private func setPaused(_ paused: Bool) throws(ShimProtocolError) {
    guard phase == (paused ? .running : .paused) else {
      throw phase == .exited
        ? ended : ShimProtocolError(.conflict, paused ? "the container is not running" : "the container is not paused")
    }
    try requireGroup(of: "pausing") { (group) throws(CgroupError) in
      if paused { try group.freeze() } else { try group.thaw() }
    }
    phase = paused ? .paused : .running
  }

  private func requireGroup(
    of what: String, _ body: (Cgroup) throws(CgroupError) -> Void
  ) throws(ShimProtocolError) {
    guard phase != .exited else { throw ended }
    guard let group else { throw ShimProtocolError(.invalid, "\(what): the container has no cgroup of its own") }
    do throws(CgroupError) {
      try body(group)
    } catch {
      throw ShimProtocolError(.system, error.message, step: "cgroup", errno: error.errno)
    }
  }

  private func keep(_ labels: [String], _ descriptors: ReceivedDescriptors) throws(ShimProtocolError) {
    guard phase != .exited else { throw ended }
    guard labels.count == descriptors.count else {
      throw ShimProtocolError(.invalid, "keep: \(labels.count) labels for \(descriptors.count) descriptors")
    }
    for label in labels {
      if let descriptor = descriptors.take() { kept.keep(label, descriptor) }
    }
  }

  private func acknowledge(_ exec: String?) throws(ShimProtocolError) {
    if let exec {
      let found = try find(exec)
      guard found.exit != nil else { throw ShimProtocolError(.conflict, "exec \(exec) has not ended") }
      execs.removeAll { $0 === found }
      return
    }
    guard phase == .exited else { throw ShimProtocolError(.conflict, "the container has not ended") }
    end()
  }

  func find(_ id: String) throws(ShimProtocolError) -> ShimExec {
    guard let exec = execs.first(where: { $0.id == id && $0.failure == nil }) else {
      throw ShimProtocolError(.notFound, "no exec \(id) in container \(spec.id)")
    }
    return exec
  }

  var ended: ShimProtocolError { ShimProtocolError(.conflict, "the container has ended") }
}

extension ShimProtocolError {
  init(_ error: SystemError) {
    self.init(
      error.errno == .noProcess ? .conflict : .system, error.description, step: error.operation,
      errno: error.errno.rawValue)
  }
}
