import Synchronization

/// Who may enter a state. A state belongs to a lock, not to a thread; and nobody blocks on it: a job that finds the
/// lane taken is queued, and goes back to the threads when the lane is free.
public final class LuaLane: Sendable {
  private struct Entry {
    var isTaken = false
    var waiting: [any LuaJob] = []
  }
  private let entry = Mutex(Entry())

  init() {}

  /// True when the caller holds the lane now; otherwise `job` will be submitted again.
  func enter(orQueue job: any LuaJob) -> Bool {
    entry.withLock {
      if $0.isTaken {
        $0.waiting.append(job)
        return false
      }
      $0.isTaken = true
      return true
    }
  }

  func leave(_ threads: LuaThreads) {
    let next = entry.withLock { entry -> (any LuaJob)? in
      entry.isTaken = false
      return entry.waiting.isEmpty ? nil : entry.waiting.removeFirst()
    }
    if let next { threads.submit(next) }
  }
}
