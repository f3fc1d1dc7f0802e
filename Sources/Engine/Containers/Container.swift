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
  var record: ContainerRecord
  var machine: ContainerStateMachine

  var shim: ShimConnection?
  var pump: Task<Void, Never>?
  /// The descriptors of the namespace, waited for by the launch.
  var creation: CheckedContinuation<CreatedNamespaces, any Error>?
  /// Streams that clients attached before the container was started.
  var waitingStreams: [WaitingStream] = []
  var exitWaiters: [UInt64: CheckedContinuation<RunState.Exited?, Never>] = [:]
  var removalWaiters: [UInt64: CheckedContinuation<RunState.Exited?, Never>] = [:]
  var nextWaiter: UInt64 = 0
  var restartTimer: Task<Void, Never>?
  var execs: Set<String> = []
  var isErased = false

  struct CreatedNamespaces: Sendable {
    var created: ContainerCreated
    var descriptors: ReceivedDescriptors
  }

  struct WaitingStream {
    var flags: AttachFlags
    var descriptor: StreamDescriptor
  }

  /// A change that could not be recorded (a full disk): it is tried again until it is, and the shim, which knows how the
  /// run ended, stays until then.
  var unrecorded: Task<Void, Never>?
  var startWaiters: [CheckedContinuation<Void, Never>] = []
  var pendingPID: (pid: Int32, startTime: UInt64)?
  var runHasEnded = false
  var endWaiters: [CheckedContinuation<Void, Never>] = []
  var expired: Set<UInt64> = []

  init(record: ContainerRecord, context: ContainerContext) {
    self.id = record.id
    self.record = record
    self.context = context
    machine = ContainerStateMachine(state: record.state, autoRemove: record.hostConfig.autoRemove ?? false)
  }

  var state: RunState { record.state }

  func connection() throws(EngineError) -> ShimConnection {
    guard let shim, record.state.isRunning else { throw notRunning }
    return shim
  }

  var notRunning: EngineError { EngineError(.conflict, "container \(id) is not running") }

  // MARK: Changes of state

  /// Feeds the state machine and executes what it says, in order.
  func input(_ input: ContainerStateMachine.Input, event details: [String: String] = [:]) async throws {
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

  func setAside(_ error: any Error) async {
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
  func recordAgain() async -> Bool {
    guard !isErased else { return true }
    do { try await context.records.save(record, id: id) } catch { return false }
    unrecorded = nil
    if !record.state.isRunning, !isStarting { await acknowledgeShim() }
    return true
  }

  func refusal(_ refusal: ContainerStateMachine.Refusal) -> EngineError {
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

  func perform(_ action: ContainerStateMachine.Action, _ details: [String: String]) async throws {
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
}
