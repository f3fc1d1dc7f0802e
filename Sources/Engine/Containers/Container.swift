import Drivers
import EngineAPI
import Glibc
import JSON
import LinuxSystem
import Logging
import OCI
import ShimProtocol

/// One container: executes what its state machine decides.
///
/// Every change of state happens here, in order; operations that must not interleave (start, stop, remove …) take the
/// container's lane, since an actor is re-entrant at every `await`.
actor Container {
  nonisolated let id: String
  nonisolated let lane = Lane()
  let context: ContainerContext
  private(set) var record: ContainerRecord
  private var machine: ContainerStateMachine

  private var shim: ShimConnection?
  private var pump: Task<Void, Never>?
  /// The descriptors of the namespace, waited for by the launch.
  private var creation: CheckedContinuation<CreatedNamespaces, any Error>?
  /// Streams that clients attached before the container was started.
  private var waitingStreams: [WaitingStream] = []
  private var exitWaiters: [UInt64: CheckedContinuation<RunState.Exited?, Never>] = [:]
  private var removalWaiters: [UInt64: CheckedContinuation<RunState.Exited?, Never>] = [:]
  private var nextWaiter: UInt64 = 0
  private var restartTimer: Task<Void, Never>?
  private(set) var execs: Set<String> = []
  private var isErased = false
  /// Decides about the exit that is about to be handled.
  private var lastCaller: Caller

  struct CreatedNamespaces: Sendable {
    var created: ContainerCreated
    var descriptors: ReceivedDescriptors
  }

  private struct WaitingStream {
    var flags: AttachFlags
    var descriptor: StreamDescriptor
  }

  init(record: ContainerRecord, context: ContainerContext) {
    self.id = record.id
    self.record = record
    self.context = context
    machine = ContainerStateMachine(state: record.state, autoRemove: record.hostConfig.autoRemove ?? false)
    lastCaller = record.owner
  }

  var state: RunState { record.state }

  func connection() throws(EngineError) -> ShimConnection {
    guard let shim, record.state.isRunning else { throw notRunning }
    return shim
  }

  var notRunning: EngineError { EngineError(.conflict, "container \(id) is not running") }

  // MARK: Changes of state

  /// Feeds the state machine and executes what it says, in order.
  private func input(_ input: ContainerStateMachine.Input, event details: [String: String] = [:]) async throws {
    let actions: [ContainerStateMachine.Action]
    do {
      actions = try machine.handle(input)
    } catch {
      throw refusal(error)
    }
    record.state = machine.state
    for action in actions {
      do {
        try await perform(action, details)
      } catch  where action.isRecord && input.isFact {
        // What has happened has happened, whether there is room to write it down or not.
        await setAside(error)
      }
    }
  }

  /// A change that could not be recorded (a full disk): it is tried again until it is, and the shim, which knows how the
  /// run ended, stays until then.
  private var unrecorded: Task<Void, Never>?

  private func setAside(_ error: any Error) async {
    context.logger.error(
      "a change could not be recorded; it is tried again",
      metadata: ["container": "\(record.shortID)", "state": "\(record.state.status)", "error": "\(error)"])
    guard unrecorded == nil else { return }
    unrecorded = Task { [weak self] in
      var pause = Duration.milliseconds(250)
      while !Task.isCancelled, await self?.recordAgain() == false {
        try? await Task.sleep(for: pause)
        pause = min(pause * 2, .seconds(30))
      }
    }
  }

  /// Whether there is nothing left to record.
  private func recordAgain() async -> Bool {
    guard !isErased else { return true }
    do { try await context.records.save(record, id: id) } catch { return false }
    unrecorded = nil
    if !record.state.isRunning, !isStarting { await acknowledgeShim() }
    return true
  }

  private func refusal(_ refusal: ContainerStateMachine.Refusal) -> EngineError {
    switch refusal.reason {
    case .alreadyRunning: EngineError(.notModified, "container \(id) is already running")
    case .notRunning: notRunning
    case .alreadyPaused: EngineError(.conflict, "Container \(id) is already paused")
    case .notPaused: EngineError(.conflict, "Container \(id) is not paused")
    case .removing: EngineError(.conflict, "removal of container \(id) is already in progress")
    case .paused, .running:
      EngineError(
        .conflict,
        "cannot remove container \"/\(record.name)\": container is \(record.state.status): "
          + "\(refusal.reason == .paused ? "unpause and " : "")stop the container before removing or force remove")
    }
  }

  private func perform(_ action: ContainerStateMachine.Action, _ details: [String: String]) async throws {
    switch action {
    case .record(let event): try await save(event: event, details)
    case .launch: break  // by `start`, which has more to say about failures
    case .confirmStart: break
    case .releaseNetwork: await releaseNetwork()
    case .acknowledgeShim: if unrecorded == nil { await acknowledgeShim() }
    case .resolveWaiters: resolveExitWaiters()
    case .scheduleRestart: scheduleRestart()
    case .cancelRestart:
      restartTimer?.cancel()
      restartTimer = nil
    case .kill: await killAndWait()
    case .erase: try await erase()
    case .autoRemove: removeByItself()
    }
  }

  /// Writes the record together with the event that announces the change, then hands the event to the journal.
  func save(event action: String?, _ details: [String: String] = [:], durable: Bool = false) async throws {
    guard let action else { return try await context.records.save(record, id: id, durable: durable) }
    let event = context.publisher.make(action, container: record, details)
    record.eventSeq = event.seq
    record.lastEvent = try JSON.value(of: event)
    try await context.records.save(record, id: id, durable: durable)
    context.publisher.publish(event)
  }

  func change(_ body: (inout ContainerRecord) -> Void) { body(&record) }

  // MARK: Start

  /// Starts the program. Returns when it runs.
  func start(by caller: Caller, restart: RestartInfo?) async throws {
    if case .running = record.state { throw refusal(.init(.alreadyRunning)) }
    if unrecorded != nil, await recordAgain() == false {
      throw EngineError(.full, "no space left on device: the end of the last run could not be recorded yet")
    }
    lastCaller = caller
    try await context.policy.start(record, by: caller, restart: restart)
    guard !isErased else { throw EngineError.noSuchContainer(id) }
    if restart == nil {
      record.restartCount = 0
      record.stoppedByUser = false
    } else {
      record.restartCount += 1
    }
    let failed = record
    do {
      try await input(.startRequested(at: .now()))
    } catch {
      // The intent could not be recorded (a full disk): nothing has begun, and nothing is changed.
      if !(error is EngineError) || record.state.status == "created", case .starting = record.state {
        record = failed
        machine = ContainerStateMachine(state: failed.state, autoRemove: failed.hostConfig.autoRemove ?? false)
      }
      closeWaitingStreams()
      throw error
    }
    do {
      try await launch()
    } catch {
      let failure = LaunchFailure(error)
      context.logger.info("start failed", metadata: ["container": "\(record.shortID)", "reason": "\(failure.message)"])
      closeWaitingStreams()
      await killShim()
      await endOfRun()
      try? await input(.startFailed(.init(exitCode: failure.exitCode, message: failure.message)))
      throw failure.engineError
    }
  }

  private func launch() async throws {
    let prepared = try await context.launches.prepare(record)
    let launched = try await context.shims.launch(prepared.spec)
    adopt(launched.connection)
    let namespaces = try await withCheckedThrowingContinuation { continuation in
      creation = continuation
      Task { await self.greet(launched.connection) }
    }
    for stream in waitingStreams {
      let descriptor = stream.descriptor.take()
      defer { close(descriptor) }
      _ = try await launched.connection.request(.attach(AttachRequest(flags: stream.flags)), descriptors: [descriptor])
    }
    waitingStreams = []
    if prepared.spec.network.wait {
      try await wire(prepared.network, namespaces, launched.connection)
    }
    _ = try await launched.connection.request(.start)
    // The `started` event came before the answer to `start`, on the same socket; it was handled in order by the pump.
    await startedOrEnded()
  }

  /// The host's part of the network, while the child mounts its root. The sockets that hold the published ports go to the
  /// shim, which keeps them as long as the container lives.
  private func wire(
    _ network: PreparedNetwork, _ created: CreatedNamespaces, _ connection: ShimConnection
  ) async throws {
    guard let namespaces = try NamespaceDescriptors(created) else {
      throw EngineError(.internalError, "the shim lent no network namespace")
    }
    let reserved = try await context.networks.apply(network, container: record, namespaces: namespaces)
    if !reserved.isEmpty {
      _ = try await connection.request(
        .keep(reserved.map(\.name)), descriptors: reserved.map { $0.descriptor.rawValue })
      withExtendedLifetime(reserved) {}
    }
    _ = try await connection.request(.networkReady)
  }

  /// The request that makes events flow. Its failure ends the launch.
  private func greet(_ connection: ShimConnection) async {
    do {
      _ = try await connection.request(.hello(ShimHello(sender: context.mark, pid: getpid())))
    } catch {
      fail(creationWith: error)
    }
  }

  private func fail(creationWith error: any Error) {
    creation?.resume(throwing: error)
    creation = nil
  }

  private var startWaiters: [CheckedContinuation<Void, Never>] = []

  /// Waits until the pump has seen the start (or the end, of a program that was very quick).
  private func startedOrEnded() async {
    guard case .starting = record.state else { return }
    await withCheckedContinuation { startWaiters.append($0) }
  }

  private func resolveStartWaiters() {
    for waiter in startWaiters { waiter.resume() }
    startWaiters = []
  }

  // MARK: The shim

  private func adopt(_ connection: ShimConnection) {
    shim = connection
    runHasEnded = false
    let events = connection.events
    pump = Task { [weak self] in
      for await incoming in events { await self?.handle(incoming) }
      await self?.shimGone(connection)
    }
  }

  private func handle(_ incoming: ShimConnection.Incoming) async {
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

  private var pendingPID: (pid: Int32, startTime: UInt64)?

  /// The program ended: the exit hooks and the restart policy decide what comes next.
  private func ended(_ status: ExitStatus) async throws {
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

  private var isStarting: Bool {
    if case .starting = record.state { true } else { false }
  }
  private var isRemoving: Bool {
    if case .removing = record.state { true } else { false }
  }

  /// The connection ended. When the container did not end first, the shim died: nobody holds the container any more, so
  /// it is killed, and recorded as such.
  private func shimGone(_ connection: ShimConnection) async {
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
  private func acknowledgeShim() async {
    if let shim {
      self.shim = nil
      _ = try? await shim.request(.acknowledge(exec: nil))
      shim.close()
    }
    for exec in execs { await context.execEnded(exec, nil) }
    execs = []
    try? await context.shims.removeRunDirectory(id)
  }

  private func killShim() async {
    guard let shim else { return }
    _ = try? await shim.request(.signal(SignalRequest(number: SIGKILL, all: true)))
  }

  /// Waits until the shim has said how the run ended, or has gone: only then may it be dismissed.
  private func endOfRun() async {
    guard shim != nil, !runHasEnded else { return }
    await withCheckedContinuation { endWaiters.append($0) }
  }

  private var runHasEnded = false
  private var endWaiters: [CheckedContinuation<Void, Never>] = []

  private func resolveEndWaiters() {
    runHasEnded = true
    for waiter in endWaiters { waiter.resume() }
    endWaiters = []
  }

  private func releaseNetwork() async {
    for error in await context.networks.release(container: id) {
      context.logger.warning(
        "releasing the network left something", metadata: ["container": "\(record.shortID)", "error": "\(error)"])
    }
    await context.volumes.release(container: id)
  }

  // MARK: Stop, kill, pause

  func stop(signal: Signal, timeout: Int, by caller: Caller) async throws {
    guard record.state.isRunning || record.state.status == "restarting" else {
      throw EngineError(.notModified, "container \(id) is already stopped")
    }
    record.stoppedByUser = true
    if record.state.status == "restarting" { return try await input(.stopRequested) }
    try await input(.stopRequested)
    try await send(signal)
    if timeout < 0 {
      _ = await nextExit()
    } else if await exit(within: .seconds(timeout)) == false {
      context.logger.info(
        "the container did not stop in time and is killed",
        metadata: ["container": "\(record.shortID)", "seconds": "\(timeout)"])
      try? await send(.kill)
      if await exit(within: .seconds(10)) == false {
        throw EngineError(
          .internalError, "container \(id) did not end after SIGKILL: a process of it is stuck in the kernel")
      }
    }
    context.publisher.announce("stop", container: record)
  }

  func kill(_ signal: Signal, by caller: Caller) async throws {
    guard record.state.isRunning else {
      throw EngineError(.conflict, "cannot kill container: \(id): container \(id) is not running")
    }
    if signal == .kill || Signal(record.stopSignal) == signal {
      record.stoppedByUser = true
      try await input(.stopRequested)
    }
    try await send(signal)
    if signal == .kill { _ = await exit(within: .seconds(10)) }
  }

  /// A frozen process takes a signal only after it is thawed, so a paused container is resumed after it.
  private func send(_ signal: Signal) async throws {
    guard let shim else { throw notRunning }
    do {
      _ = try await shim.request(.signal(SignalRequest(number: signal.rawValue, all: false)))
      context.publisher.announce("kill", container: record, ["signal": "\(signal.rawValue)"])
      if record.state.running?.paused == true {
        _ = try await shim.request(.resume)
        try await input(.resumed)
      }
    } catch let error as ShimProtocolError where error.code == .conflict || error.code == .disconnected {
      // It ended in the meantime: the exit is on its way.
    }
  }

  private func killAndWait() async {
    guard let shim else { return }
    _ = try? await shim.request(.signal(SignalRequest(number: SIGKILL, all: true)))
    _ = try? await shim.request(.resume)
    if await exit(within: .seconds(10)) == false { await context.killCgroup(of: record) }
  }

  func pause(by caller: Caller) async throws {
    guard let running = record.state.running else { throw notRunning }
    guard !running.paused else { throw refusal(.init(.alreadyPaused)) }
    _ = try await connection().request(.pause)
    try await input(.paused)
  }

  func resume(by caller: Caller) async throws {
    guard let running = record.state.running else { throw notRunning }
    guard running.paused else { throw refusal(.init(.notPaused)) }
    _ = try await connection().request(.resume)
    try await input(.resumed)
  }

  // MARK: Waiting

  /// Waits for an end: nil when the container is removed without one.
  func nextExit() async -> RunState.Exited? {
    await withCheckedContinuation { addExitWaiter($0) }
  }

  @discardableResult
  private func addExitWaiter(_ continuation: CheckedContinuation<RunState.Exited?, Never>) -> UInt64 {
    nextWaiter += 1
    exitWaiters[nextWaiter] = continuation
    return nextWaiter
  }

  /// Whether the container ends within the time. Already ended counts.
  private func exit(within limit: Duration) async -> Bool {
    guard record.state.isRunning || isRemoving && shim != nil else { return true }
    let waiter = nextWaiter + 1
    let timer = Task {
      do { try await Task.sleep(for: limit) } catch { return }
      self.expire(waiter)
    }
    defer { timer.cancel() }
    expired.remove(waiter)
    _ = await withCheckedContinuation { addExitWaiter($0) }
    return expired.remove(waiter) == nil
  }

  private var expired: Set<UInt64> = []

  private func expire(_ waiter: UInt64) {
    guard let continuation = exitWaiters.removeValue(forKey: waiter) else { return }
    expired.insert(waiter)
    continuation.resume(returning: nil)
  }

  private func resolveExitWaiters() {
    let exit = record.state.exit ?? failureAsExit
    for waiter in exitWaiters.values { waiter.resume(returning: exit) }
    exitWaiters = [:]
  }

  private var failureAsExit: RunState.Exited? {
    guard case .created(let created) = record.state, let failure = created.failure else { return nil }
    return RunState.Exited(
      code: failure.exitCode, signal: nil, oomKilled: false, startedAt: .zero, finishedAt: .zero,
      error: failure.message)
  }

  /// Registers for the condition and says how to wait for it; registration is done when this returns.
  func wait(for condition: WaitCondition) -> AsyncStream<RunState.Exited?> {
    let (stream, continuation) = AsyncStream<RunState.Exited?>.makeStream()
    switch condition {
    case .notRunning where !record.state.isRunning && !isStarting && record.state.status != "restarting":
      continuation.yield(record.state.exit ?? failureAsExit)
      continuation.finish()
    case .notRunning, .nextExit:
      Task {
        let exit = await nextExit()
        continuation.yield(exit)
        continuation.finish()
      }
    case .removed:
      guard !isErased else {
        continuation.yield(record.state.exit)
        continuation.finish()
        break
      }
      Task {
        let exit = await removal()
        continuation.yield(exit)
        continuation.finish()
      }
    }
    return stream
  }

  private func removal() async -> RunState.Exited? {
    guard !isErased else { return record.state.exit }
    return await withCheckedContinuation { continuation in
      nextWaiter += 1
      removalWaiters[nextWaiter] = continuation
    }
  }

  // MARK: Streams

  /// Connects a stream: at once to a running container, else when it is started.
  func attach(_ flags: AttachFlags, descriptor: StreamDescriptor) async throws {
    guard let shim, record.state.isRunning else {
      waitingStreams.append(WaitingStream(flags: flags, descriptor: descriptor))
      return
    }
    let number = descriptor.take()
    defer { close(number) }
    _ = try await shim.request(.attach(AttachRequest(flags: flags)), descriptors: [number])
  }

  private func closeWaitingStreams() { waitingStreams = [] }

  func addExec(_ id: String) { execs.insert(id) }
  func removeExec(_ id: String) { execs.remove(id) }

  // MARK: Restart

  private func scheduleRestart() {
    guard case .restarting(let restarting) = record.state else { return }
    let left = restarting.at.nanosecondsSince1970 - Timestamp.now().nanosecondsSince1970
    restartTimer?.cancel()
    restartTimer = Task { [weak self] in
      do { try await Task.sleep(for: .nanoseconds(max(0, left))) } catch { return }
      await self?.restartNow()
    }
  }

  private func restartNow() async {
    restartTimer = nil
    do {
      try await lane.run {
        guard case .restarting(let restarting) = await self.record.state else { return }
        let attempt = await self.record.restartCount + 1
        try await self.start(
          by: .engine(via: "restart"),
          restart: RestartInfo(attempt: attempt, reason: "exit code \(restarting.exit.code)"))
      }
    } catch {
      context.logger.warning(
        "a restart failed", metadata: ["container": "\(record.shortID)", "error": "\(error)"])
      await restartFailed(error)
    }
  }

  /// A restart that was denied or failed ends the container's life for now; the reason stays visible.
  private func restartFailed(_ error: any Error) async {
    guard case .restarting = record.state else { return }
    try? await input(.restartCancelled)
  }

  // MARK: Removal

  func remove(force: Bool, volumes: Bool) async throws {
    guard !isErased else { throw EngineError.noSuchContainer(id) }
    try await input(.removeRequested(force: force, volumes: volumes))
  }

  private func removeByItself() {
    Task {
      do {
        try await lane.run {
          guard await !self.isErased else { return }
          try await self.remove(force: true, volumes: true)
        }
      } catch {
        context.logger.error(
          "automatic removal failed", metadata: ["container": "\(record.shortID)", "error": "\(error)"])
      }
    }
  }

  /// Removes every trace, the record last: what fails half-way is taken up again at the next attempt or start.
  private func erase() async throws {
    guard case .removing(let removing) = record.state else { return }
    await releaseNetwork()
    await acknowledgeShim()
    try await context.snapshots.remove(container: id)
    if removing.volumes {
      for mount in record.mounts where mount.anonymous {
        if let name = mount.name { await context.volumes.removeAnonymous(name, container: id) }
      }
    }
    await context.volumes.forget(container: id)
    await context.images.release(container: id)
    try await context.removeDirectory(of: record)
    let event = context.publisher.make("destroy", container: record, [:])
    try await context.records.delete(id)
    context.publisher.publish(event)
    isErased = true
    context.forget(id)
    resolveExitWaiters()
    for waiter in removalWaiters.values { waiter.resume(returning: record.state.exit) }
    removalWaiters = [:]
    closeWaitingStreams()
    restartTimer?.cancel()
    unrecorded?.cancel()
  }

  // MARK: After a restart of the daemon

  /// Compares what the record says with what is there, and goes on from it (DESIGN §5).
  func recover() async throws {
    switch record.state {
    case .running, .starting: try await recoverRun()
    case .removing: try await recoverRemoval()
    case .restarting:
      await discardRun()
      scheduleRestart()
    case .created, .exited: await discardRun()
    }
  }

  private func recoverRun() async throws {
    guard let connection = try await context.shims.connect(id) else { return try await recoverWithoutShim() }
    let greeting = try? await connection.request(.hello(ShimHello(sender: context.mark, pid: getpid())))
    guard greeting != nil, case .state(let state)? = try? await connection.request(.state).response else {
      connection.close()
      return try await recoverWithoutShim()
    }
    switch state.phase {
    case .running, .paused:
      adopt(connection)
      if isStarting {
        // It was started, and the daemon died before it could say so.
        try await input(
          .started(pid: state.pid, startTime: state.startTime, at: Timestamp(nanosecondsSince1970: state.startedAt)))
      }
      if let running = record.state.running, running.paused != (state.phase == .paused) {
        try await input(state.phase == .paused ? .paused : .resumed)
      }
      execs = Set(state.execs.map(\.id))
      for exec in state.execs {
        context.execs.adopt(exec, container: id, owner: record.owner)
        if let exit = exec.exit { await context.execEnded(exec.id, exit) }
      }
    case .exited:
      adopt(connection)
      if let exit = state.exit, isStarting, exit.startedAt > 0 {
        try await input(
          .started(pid: state.pid, startTime: state.startTime, at: Timestamp(nanosecondsSince1970: exit.startedAt)))
      }
      if let exit = state.exit, record.state.isRunning {
        try await ended(exit)
      } else {
        try await undoStart("the daemon ended while the container was being started")
      }
    case .creating, .created:
      adopt(connection)
      await killShim()
      await endOfRun()
      try await undoStart("the daemon ended while the container was being started")
    }
  }

  private func recoverWithoutShim() async throws {
    if case .running = record.state { return await lostShim() }
    if let left = try? await context.shims.readExit(id), left.startedAt > 0 {
      try await input(.started(pid: 0, startTime: 0, at: Timestamp(nanosecondsSince1970: left.startedAt)))
      return try await ended(left)
    }
    await context.killCgroup(of: record)
    try await undoStart("the daemon ended while the container was being started")
  }

  private func undoStart(_ reason: String) async throws {
    try await input(.startFailed(.init(exitCode: 128, message: reason)))
  }

  private func recoverRemoval() async throws {
    await discardRun()
    try await input(.removeRequested(force: true, volumes: false))
  }

  /// Ends a shim that nobody's record speaks of any more, and removes what it left.
  private func discardRun() async {
    if let connection = try? await context.shims.connect(id) {
      await OrphanedRun.end(connection, mark: context.mark)
    }
    try? await context.shims.removeRunDirectory(id)
  }
}
