internal import ContainerRuntime
internal import JSON
internal import LinuxSystem
internal import ShimProtocol

extension ContainerShim {
  /// Begins an exec; the reply comes when its program is executed, or why it is not.
  func begin(
    _ request: ExecSpec, _ descriptors: ReceivedDescriptors, _ reply: @escaping (ShimResponse) -> Void
  ) throws(ShimProtocolError) {
    guard phase == .running else {
      throw phase == .exited
        ? ended : ShimProtocolError(.conflict, "the container is \(phase == .paused ? "paused" : "not running")")
    }
    guard !execs.contains(where: { $0.id == request.id && $0.failure == nil }) else {
      throw ShimProtocolError(.conflict, "there is an exec \(request.id) already")
    }
    let io = ProcessIO(
      loop: loop, scratch: scratch, log: nil, isTerminal: request.terminal, openStdin: request.openStdin,
      stdinOnce: true)
    let begun: PendingProcess
    do throws(RuntimeError) {
      begun = try ExecOperation.begin(
        ExecConfiguration(
          containerPID: pid, process: request.process, seccompProgram: request.seccomp?.bytes,
          stdio: request.terminal
            ? .terminal(width: request.width, height: request.height) : .pipes(stdin: request.openStdin),
          cgroup: try placement(), defaultOOMScoreAdjust: 0))
    } catch {
      throw ShimProtocolError(error)
    }
    guard let process = begun.takePIDDescriptor() else {
      begun.kill()
      throw ShimProtocolError(.system, "exec: no pidfd")
    }
    let exec = ShimExec(id: request.id, io: io, pending: begun, process: process)
    exec.reply = reply
    execs.append(exec)
    do throws(SystemError) {
      exec.processWatch = try loop.add(exec.process.rawValue, .readable) { [unowned self, unowned exec] _ in
        execEnded(exec)
      }
      exec.controlWatch = try loop.add(begun.controlDescriptor, .readable) { [unowned self, unowned exec] _ in
        progress(exec, openStdin: request.openStdin)
      }
      if let attach = request.attach, let socket = descriptors.take() { try io.attach(socket, flags: attach) }
      if let streams = begun.takeStreams() { try io.connect(streams) }
    } catch {
      begun.kill()
      failed(exec, RuntimeError(step: "shim", error))
    }
  }

  /// Returns whether there may be more to hear.
  @discardableResult
  private func progress(_ exec: ShimExec, openStdin: Bool) -> Bool {
    guard let pending = exec.pending else { return false }
    do throws(RuntimeError) {
      switch try pending.handle() {
      case .waiting: return false
      case .networkOpened: break
      case .terminalOpened:
        if let master = pending.takeTerminal() {
          do throws(SystemError) {
            try exec.io.connect(terminal: master, acceptsInput: openStdin)
          } catch {
            pending.kill()
            throw RuntimeError(step: "terminal", error)
          }
        }
      case .created: try pending.start()
      case .started:
        forgetControl(exec)
        exec.startedAt = LogTimestamp.now()
        exec.reply?(.exec(ExecStarted(id: exec.id, pid: exec.pid)))
        exec.reply = nil
      }
    } catch {
      failed(exec, error)
    }
    return exec.pending != nil
  }

  private func failed(_ exec: ShimExec, _ error: RuntimeError) {
    forgetControl(exec)
    guard exec.failure == nil else { return }
    exec.failure = error
    exec.reply?(.failed(ShimProtocolError(error)))
    exec.reply = nil
  }

  private func forgetControl(_ exec: ShimExec) {
    if let watch = exec.controlWatch { loop.remove(watch) }
    exec.controlWatch = nil
    exec.pending = nil
  }

  private func execEnded(_ exec: ShimExec) {
    guard let ending = (try? exec.process.reap()) ?? nil else { return }
    if let watch = exec.processWatch { loop.remove(watch) }
    exec.processWatch = nil
    while progress(exec, openStdin: false) {}
    if exec.pending != nil {
      failed(exec, RuntimeError(.died, step: "exec", "the process ended before its program was started"))
    }
    guard exec.startedAt != 0 else {
      // The answer to the request has said why; there is nothing to acknowledge.
      exec.io.abandon()
      execs.removeAll { $0 === exec }
      return
    }
    let status = ExitStatus(ending.status, startedAt: exec.startedAt)
    exec.io.programEnded { [unowned self, unowned exec] in
      exec.exit = status
      broadcast(.execExited(ExecExited(id: exec.id, status: status)))
    }
  }
}
