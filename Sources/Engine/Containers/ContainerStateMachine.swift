import EngineAPI
import ShimProtocol

/// What happens to a container, decided without a kernel: inputs in, the next state and the actions out.
///
/// `Container` executes the actions in their order; a test drives this struct alone.
struct ContainerStateMachine: Sendable {
  enum Input: Sendable {
    case startRequested(at: Timestamp)
    case started(pid: Int32, startTime: UInt64, at: Timestamp)
    case startFailed(RunState.Failure)
    case exited(ExitStatus, restart: Duration?)
    case stopRequested
    case paused
    case resumed
    case restartCancelled
    case removeRequested(force: Bool, volumes: Bool)
  }

  enum Action: Sendable, Hashable {
    /// Write the record, and with it the event that the change is announced by; everything after it in the list may
    /// rely on both.
    case record(event: String?)
    case launch
    /// The program runs: whoever waits for the start may go on.
    case confirmStart
    /// Release addresses, ports and the host's part of the network.
    case releaseNetwork
    case acknowledgeShim
    case resolveWaiters
    case scheduleRestart
    case cancelRestart
    /// Kill what runs before going on.
    case kill
    /// Remove the container's every trace, then its record.
    case erase
    /// Remove it by itself: `--rm`.
    case autoRemove
  }

  /// Why an input does not fit the state.
  struct Refusal: Error, Hashable {
    enum Reason: Hashable { case alreadyRunning, notRunning, alreadyPaused, notPaused, paused, removing, running }
    var reason: Reason
    init(_ reason: Reason) { self.reason = reason }
  }

  private(set) var state: RunState
  private let autoRemove: Bool

  init(state: RunState, autoRemove: Bool) {
    self.state = state
    self.autoRemove = autoRemove
  }

  mutating func handle(_ input: Input) throws(Refusal) -> [Action] {
    switch input {
    case .startRequested(let time): try start(at: time)
    case .started(let pid, let startTime, let time): started(pid: pid, startTime: startTime, at: time)
    case .startFailed(let failure): startFailed(failure)
    case .exited(let status, let restart): exited(status, restart: restart)
    case .stopRequested: try stop()
    case .paused: try pause()
    case .resumed: try resume()
    case .restartCancelled: cancelRestart()
    case .removeRequested(let force, let volumes): try remove(force: force, volumes: volumes)
    }
  }

  private mutating func start(at time: Timestamp) throws(Refusal) -> [Action] {
    switch state {
    case .created: state = .starting(.init(since: time, previous: nil))
    case .exited(let exit): state = .starting(.init(since: time, previous: exit))
    case .restarting(let restarting):
      state = .starting(.init(since: time, previous: restarting.exit))
      return [.cancelRestart, .record(event: nil), .launch]
    case .starting, .running: throw Refusal(.alreadyRunning)
    case .removing: throw Refusal(.removing)
    }
    return [.record(event: nil), .launch]
  }

  private mutating func started(pid: Int32, startTime: UInt64, at time: Timestamp) -> [Action] {
    guard case .starting(let starting) = state else { return [] }
    state = .running(
      .init(
        pid: pid, startTime: startTime, startedAt: time, paused: false, previousFinish: starting.previous?.finishedAt,
        stopRequested: false))
    return [.record(event: "start"), .confirmStart]
  }

  private mutating func startFailed(_ failure: RunState.Failure) -> [Action] {
    guard case .starting(let starting) = state else { return [] }
    if var exit = starting.previous {
      exit.code = failure.exitCode
      exit.error = failure.message
      state = .exited(exit)
    } else {
      state = .created(.init(failure: failure))
    }
    return [.releaseNetwork, .record(event: nil), .acknowledgeShim, .resolveWaiters] + (autoRemove ? [.autoRemove] : [])
  }

  private mutating func exited(_ status: ExitStatus, restart: Duration?) -> [Action] {
    let exit = RunState.Exited(
      code: status.code, signal: status.signal, oomKilled: status.oomKilled,
      startedAt: Timestamp(nanosecondsSince1970: status.startedAt),
      finishedAt: Timestamp(nanosecondsSince1970: status.finishedAt),
      error: status.error ?? "")
    switch state {
    case .running, .starting: break
    case .removing(var removing):
      removing.exit = exit
      state = .removing(removing)
      return [.releaseNetwork, .record(event: "die"), .acknowledgeShim, .resolveWaiters]
    case .created, .exited, .restarting: return [.acknowledgeShim]
    }
    let common: [Action] = [.releaseNetwork, .record(event: "die"), .acknowledgeShim, .resolveWaiters]
    if let restart {
      let due = Timestamp(nanosecondsSince1970: Timestamp.now().nanosecondsSince1970 + restart.nanoseconds)
      state = .restarting(.init(exit: exit, at: due))
      return common + [.scheduleRestart]
    }
    state = .exited(exit)
    return common + (autoRemove ? [.autoRemove] : [])
  }

  private mutating func stop() throws(Refusal) -> [Action] {
    switch state {
    case .running(var running):
      running.stopRequested = true
      state = .running(running)
      return []
    case .restarting(let restarting):
      state = .exited(restarting.exit)
      return [.cancelRestart, .record(event: nil)]
    case .created, .exited, .starting: throw Refusal(.notRunning)
    case .removing: throw Refusal(.removing)
    }
  }

  private mutating func pause() throws(Refusal) -> [Action] {
    guard case .running(var running) = state else { throw Refusal(.notRunning) }
    guard !running.paused else { throw Refusal(.alreadyPaused) }
    running.paused = true
    state = .running(running)
    return [.record(event: "pause")]
  }

  private mutating func resume() throws(Refusal) -> [Action] {
    guard case .running(var running) = state else { throw Refusal(.notRunning) }
    guard running.paused else { throw Refusal(.notPaused) }
    running.paused = false
    state = .running(running)
    return [.record(event: "unpause")]
  }

  private mutating func cancelRestart() -> [Action] {
    guard case .restarting(let restarting) = state else { return [] }
    state = .exited(restarting.exit)
    return [.cancelRestart, .record(event: nil), .resolveWaiters] + (autoRemove ? [.autoRemove] : [])
  }

  private mutating func remove(force: Bool, volumes: Bool) throws(Refusal) -> [Action] {
    switch state {
    case .running(let running):
      guard force else { throw Refusal(running.paused ? .paused : .running) }
      state = .removing(.init(exit: nil, volumes: volumes))
      return [.record(event: nil), .kill, .erase]
    case .restarting(let restarting):
      guard force else { throw Refusal(.running) }
      state = .removing(.init(exit: restarting.exit, volumes: volumes))
      return [.cancelRestart, .record(event: nil), .erase]
    case .starting: throw Refusal(.running)
    case .created:
      state = .removing(.init(exit: nil, volumes: volumes))
      return [.record(event: nil), .erase]
    case .exited(let exit):
      state = .removing(.init(exit: exit, volumes: volumes))
      return [.record(event: nil), .erase]
    case .removing(var removing):
      // Taken up again after a crash or a failure half-way.
      removing.volumes = removing.volumes || volumes
      state = .removing(removing)
      return [.kill, .erase]
    }
  }
}

extension ContainerStateMachine.Input {
  /// It has happened in the kernel already, as opposed to being asked for: a record that cannot be written does not undo
  /// it.
  var isFact: Bool {
    switch self {
    case .started, .startFailed, .exited, .paused, .resumed, .restartCancelled: true
    case .startRequested, .stopRequested, .removeRequested: false
    }
  }
}

extension ContainerStateMachine.Action {
  var isRecord: Bool {
    if case .record = self { true } else { false }
  }
}

extension Duration {
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
  }
}
