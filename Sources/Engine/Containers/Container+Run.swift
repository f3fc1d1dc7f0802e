import Drivers
import EngineAPI
import Glibc
import JSON
import LinuxSystem
import Logging
import OCI
import ShimProtocol

/// A container's run, as its shim tells it: started, ended, lost.
extension Container {
  func adopt(_ connection: ShimConnection) {
    shim = connection
    runHasEnded = false
    let events = connection.events
    pump = Task { [weak self] in
      for await incoming in events { await self?.handle(incoming) }
      await self?.shimGone(connection)
    }
  }

  func handle(_ incoming: ShimConnection.Incoming) async {
    do {
      switch incoming.event {
      case .created(let created):
        creation?.resume(returning: CreatedNamespaces(created: created, descriptors: incoming.descriptors))
        creation = nil
        pendingPID = (created.pid, created.startTime)
      case .started(let started):
        try await input(
          .started(
            pid: started.pid, startTime: pendingPID?.startTime ?? 0,
            at: Timestamp(nanosecondsSince1970: started.startedAt)))
        resolveStartWaiters()
      case .failed(let error): fail(creationWith: error)
      case .exited(let status):
        resolveEndWaiters()
        try await ended(status)
      case .execExited(let exec): await context.execEnded(exec.id, exec.status)
      case .oom: context.publisher.announce("oom", container: record)
      case .logError(let failure):
        context.logger.error(
          "container output is lost", metadata: ["container": "\(record.shortID)", "reason": "\(failure.message)"])
      case .unknown: break
      }
    } catch {
      context.logger.error(
        "an event of the shim could not be handled",
        metadata: ["container": "\(record.shortID)", "event": "\(incoming.event.name)", "error": "\(error)"])
    }
  }

  /// The program ended: the exit hooks and the restart policy decide what comes next.
  func ended(_ status: ExitStatus) async throws {
    guard !(record.state.exit != nil && !record.state.isRunning) || isStarting || isRemoving else {
      return await acknowledgeShim()
    }
    if isStarting && creation != nil {
      fail(creationWith: ShimProtocolError(.system, status.error ?? "the container ended before it started"))
    }
    if isStarting && status.startedAt == 0 { return }  // never ran: `start` is told by its own request
    let running = record.state.running
    let requested = (running?.stopRequested ?? false) || record.stoppedByUser
    let ranFor = Double(status.finishedAt - status.startedAt) / 1e9
    let declared = RestartDecision.delay(
      policy: record.hostConfig.restartPolicy, exitCode: status.code, requested: requested,
      count: record.restartCount, ranFor: ranFor)
    if ranFor >= 10 { record.restartCount = 0 }
    let restart = await context.policy.exit(record, status: status, requested: requested, declared: declared)
    let duration = max(0, (status.finishedAt - status.startedAt) / 1_000_000_000)
    try await input(
      .exited(status, restart: restart),
      event: ["exitCode": "\(status.code)", "execDuration": "\(duration)"])
    resolveStartWaiters()
  }

  var isStarting: Bool {
    if case .starting = record.state { true } else { false }
  }
  var isRemoving: Bool {
    if case .removing = record.state { true } else { false }
  }

  /// The connection ended. When the container did not end first, the shim died: nobody holds the container any more, so
  /// it is killed, and recorded as such.
  func shimGone(_ connection: ShimConnection) async {
    guard shim === connection else { return }
    shim = nil
    resolveEndWaiters()
    fail(creationWith: ShimProtocolError(.disconnected, "the container's shim ended unexpectedly"))
    guard record.state.isRunning || isRemoving else { return resolveStartWaiters() }
    await lostShim()
  }

  /// What is known about the end of a container whose shim is gone: its exit file, else 137.
  func lostShim() async {
    await context.killCgroup(of: record)
    let running = record.state.running
    let status: ExitStatus
    if let left = try? await context.shims.readExit(id) {
      status = left
    } else {
      status = ExitStatus(
        code: 137, signal: SIGKILL, startedAt: running?.startedAt.nanosecondsSince1970 ?? 0,
        finishedAt: Timestamp.now().nanosecondsSince1970,
        error: "the container's shim ended unexpectedly; the container was killed")
    }
    do {
      try await ended(status)
    } catch {
      context.logger.error("an exit could not be recorded", metadata: ["container": "\(id)", "error": "\(error)"])
    }
    resolveStartWaiters()
  }

  /// The exit is recorded: the shim may go, and with it everything of this run.
  func acknowledgeShim() async {
    if let shim {
      self.shim = nil
      _ = try? await shim.request(.acknowledge(exec: nil))
      shim.close()
    }
    for exec in execs { await context.execEnded(exec, nil) }
    execs = []
    try? await context.shims.removeRunDirectory(id)
  }

  func killShim() async {
    guard let shim else { return }
    _ = try? await shim.request(.signal(SignalRequest(number: SIGKILL, all: true)))
  }

  /// Waits until the shim has said how the run ended, or has gone: only then may it be dismissed.
  func endOfRun() async {
    guard shim != nil, !runHasEnded else { return }
    await withCheckedContinuation { endWaiters.append($0) }
  }

  func resolveEndWaiters() {
    runHasEnded = true
    for waiter in endWaiters { waiter.resume() }
    endWaiters = []
  }

  func releaseNetwork() async {
    for error in await context.networks.release(container: id) {
      context.logger.warning(
        "releasing the network left something", metadata: ["container": "\(record.shortID)", "error": "\(error)"])
    }
    await context.volumes.release(container: id)
  }
}
