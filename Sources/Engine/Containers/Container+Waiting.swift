import Drivers
import EngineAPI
import Glibc
import JSON
import LinuxSystem
import Logging
import OCI
import ShimProtocol

/// Those who wait for an end, and those who are attached.
extension Container {
  /// Waits for an end: nil when the container is removed without one.
  func nextExit() async -> RunState.Exited? {
    await withCheckedContinuation { addExitWaiter($0) }
  }

  @discardableResult
  func addExitWaiter(_ continuation: CheckedContinuation<RunState.Exited?, Never>) -> UInt64 {
    nextWaiter += 1
    exitWaiters[nextWaiter] = continuation
    return nextWaiter
  }

  /// Whether the container ends within the time. Already ended counts.
  func exit(within limit: Duration) async -> Bool {
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

  func expire(_ waiter: UInt64) {
    guard let continuation = exitWaiters.removeValue(forKey: waiter) else { return }
    expired.insert(waiter)
    continuation.resume(returning: nil)
  }

  func resolveExitWaiters() {
    let exit = record.state.exit ?? failureAsExit
    for waiter in exitWaiters.values { waiter.resume(returning: exit) }
    exitWaiters = [:]
  }

  var failureAsExit: RunState.Exited? {
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

  func removal() async -> RunState.Exited? {
    guard !isErased else { return record.state.exit }
    return await withCheckedContinuation { continuation in
      nextWaiter += 1
      removalWaiters[nextWaiter] = continuation
    }
  }

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

  func closeWaitingStreams() { waitingStreams = [] }

  func addExec(_ id: String) { execs.insert(id) }
  func removeExec(_ id: String) { execs.remove(id) }
}
