/// One thread on which changes happen one after the other.
///
/// What runs here may read and write files: nothing else waits for it but the next change.
final class Lane: @unchecked Sendable {
  // Unchecked: `jobs` and `isClosed` are touched only while `monitor` is locked.
  private let monitor = Monitor()
  private var jobs: [@Sendable () -> Void] = []
  private var isClosed = false

  init() throws(ImageStoreError) {
    let monitor = self.monitor
    // The thread keeps only a weak hold: it ends when the lane is closed.
    try OSThread.start { [weak self] in
      while true {
        guard let jobs = Self.take(monitor, { self }) else { return }
        for job in jobs { job() }
      }
    }
  }

  private static func take(_ monitor: Monitor, _ lane: () -> Lane?) -> [@Sendable () -> Void]? {
    monitor.locked {
      while true {
        guard let lane = lane() else { return nil }
        if !lane.jobs.isEmpty {
          let jobs = lane.jobs
          lane.jobs = []
          return jobs
        }
        if lane.isClosed { return nil }
        monitor.wait()
      }
    }
  }

  /// Ends the thread after the jobs that are queued.
  func close() {
    monitor.locked {
      isClosed = true
      monitor.signal()
    }
  }

  func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let accepted = monitor.locked {
        guard !isClosed else { return false }
        jobs.append { continuation.resume(with: Result(catching: body)) }
        monitor.signal()
        return true
      }
      if !accepted {
        continuation.resume(throwing: ImageStoreError(.closed, "the image store is closed"))
      }
    }
  }
}
