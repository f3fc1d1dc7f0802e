/// Bytes on their way from an asynchronous producer to a thread, at most a few megabytes at a time.
final class ChunkQueue: @unchecked Sendable {
  // Unchecked: everything below is touched only while `monitor` is locked.
  private let monitor = Monitor()
  private var chunks: [[UInt8]] = []
  private var next = 0
  private var bytes = 0
  private var isComplete = false
  private var failure: (any Error)?
  private var waiting: CheckedContinuation<Void, any Error>?
  private let capacity: Int

  init(capacity: Int = 4 << 20) { self.capacity = capacity }

  /// Hands over bytes; waits while the consumer is behind. One producer at a time. Throws what ended the consumer.
  func push(_ chunk: [UInt8]) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let outcome: Result<Void, any Error>? = monitor.locked {
          if let failure { return .failure(failure) }
          if isComplete { return .failure(ImageStoreError(.closed, "the layer is complete already")) }
          if !chunk.isEmpty {
            chunks.append(chunk)
            bytes += chunk.count
            monitor.signal()
          }
          if bytes <= capacity { return .success(()) }
          waiting = continuation
          return nil
        }
        if let outcome { continuation.resume(with: outcome) }
      }
    } onCancel: {
      end(CancellationError())
    }
  }

  /// No more bytes will come.
  func complete() {
    monitor.locked {
      isComplete = true
      monitor.signal()
    }
  }

  /// Ends both sides with an error; the first one counts.
  func end(_ error: any Error) {
    let producer = monitor.locked {
      if failure == nil { failure = error }
      chunks = []
      next = 0
      bytes = 0
      monitor.signal()
      let producer = waiting
      waiting = nil
      return producer
    }
    producer?.resume(throwing: error)
  }

  /// Blocks the calling thread until bytes are there. Nil at the end.
  func pop() throws -> [UInt8]? {
    let (result, producer) = monitor.locked {
      () -> (Result<[UInt8]?, any Error>, CheckedContinuation<Void, any Error>?) in
      while next == chunks.count, !isComplete, failure == nil { monitor.wait() }
      if let failure { return (.failure(failure), nil) }
      guard next < chunks.count else { return (.success(nil), nil) }
      let chunk = chunks[next]
      chunks[next] = []
      next += 1
      if next == chunks.count {
        chunks.removeAll(keepingCapacity: true)
        next = 0
      }
      bytes -= chunk.count
      var producer: CheckedContinuation<Void, any Error>?
      if bytes <= capacity / 2 {
        producer = waiting
        waiting = nil
      }
      return (.success(chunk), producer)
    }
    producer?.resume()
    return try result.get()
  }
}
