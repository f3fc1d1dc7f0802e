public import JSON
import Synchronization

/// Drives one call from inside a job: enters the state's lane, runs, and leaves the lane whenever the call is
/// suspended, so that a script that waits delays nobody.
public final class LuaInvocation: @unchecked Sendable {
  // Unchecked because it is used by the job that owns it, one step after the other.

  public enum Progress {
    case finished(Result<[JSONValue], LuaFailure>)
    /// Return `.again` from the job's step.
    case again
    /// Return `.parked` from the job's step; the job will be submitted.
    case parked
  }

  public let call: LuaCall

  public init(_ call: LuaCall) { self.call = call }

  public func advance(for job: any LuaJob, on threads: LuaThreads) -> Progress {
    let lane = call.state.lane
    guard lane.enter(orQueue: job) else { return .parked }
    let outcome = call.state.run(call)
    lane.leave(threads)
    switch outcome {
    case .finished(let values): return .finished(.success(values))
    case .failed(let failure): return .finished(.failure(failure))
    case .sliced: return .again
    case .waiting(let operation):
      LuaWait(call: call, job: job, threads: threads).start(operation)
      return .parked
    }
  }
}

/// A call that waits for the host: answered once, or killed when its time is up.
private final class LuaWait: Sendable {
  private let call: LuaCall
  private let job: any LuaJob
  private let threads: LuaThreads
  private let isAnswered = Mutex(false)

  init(call: LuaCall, job: any LuaJob, threads: LuaThreads) {
    self.call = call
    self.job = job
    self.threads = threads
  }

  func start(_ operation: @escaping @Sendable () async -> LuaReply) {
    let remaining = call.remaining
    let work = Task {
      let reply = await operation()
      self.settle { self.call.reply = reply }
    }
    Task {
      // Ends with the operation or at the deadline, whichever is first.
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await work.value }
        group.addTask {
          do { try await Task.sleep(for: remaining) } catch { return }
          self.settle { self.call.kill(.wall) }
          work.cancel()
        }
        await group.next()
        group.cancelAll()
      }
    }
  }

  private func settle(_ answer: () -> Void) {
    let isFirst = isAnswered.withLock { answered in
      defer { answered = true }
      return !answered
    }
    guard isFirst else { return }
    answer()
    threads.submit(job)
  }
}

extension LuaState {
  /// Calls an entry on a Lua thread and returns its results.
  public func call(
    _ entry: String, _ arguments: sending [LuaArgument] = [], budget: LuaBudget, context: AnyObject? = nil,
    on threads: LuaThreads = .shared
  ) async -> Result<[JSONValue], LuaFailure> {
    let call = LuaCall(of: self, entry: entry, arguments: arguments, budget: budget, context: context)
    return await call.result(on: threads)
  }
}

extension LuaCall {
  /// Runs the call from its start to its end.
  public func result(on threads: LuaThreads = .shared) async -> Result<[JSONValue], LuaFailure> {
    await withCheckedContinuation { continuation in
      threads.submit(SingleCall(LuaInvocation(self), threads: threads, continuation))
    }
  }
}

private final class SingleCall: LuaJob {
  private let invocation: LuaInvocation
  private let threads: LuaThreads
  private let continuation: CheckedContinuation<Result<[JSONValue], LuaFailure>, Never>

  init(
    _ invocation: LuaInvocation, threads: LuaThreads,
    _ continuation: CheckedContinuation<Result<[JSONValue], LuaFailure>, Never>
  ) {
    self.invocation = invocation
    self.threads = threads
    self.continuation = continuation
  }

  func step() -> LuaJobStep {
    switch invocation.advance(for: self, on: threads) {
    case .finished(let result):
      continuation.resume(returning: result)
      return .done
    case .again: return .again
    case .parked: return .parked
    }
  }
}
