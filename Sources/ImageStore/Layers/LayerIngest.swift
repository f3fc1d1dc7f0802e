internal import Synchronization

/// A layer on its way in: bytes are written, and at the end it stands unpacked.
///
/// ```
/// for try await chunk in download { try await ingest.write(chunk) }
/// let layer = try await ingest.finish()
/// ```
///
/// Hashing, decompression and unpacking happen on a thread of its own while more bytes arrive; `write` waits when that
/// thread is behind. Whoever does not call `finish` calls `abort`; letting go of it gives up too, without waiting.
public final class LayerIngest: Sendable {
  /// What the thread and the ingest share. The thread holds no ingest, so one that is let go of ends.
  private final class Outcome: Sendable {
    struct State {
      var result: Result<LayerRecord, any Error>?
      var waiters: [CheckedContinuation<LayerRecord, any Error>] = []
    }
    let state = Mutex(State())

    func complete(_ result: Result<LayerRecord, any Error>) {
      let waiters = state.withLock { state in
        state.result = result
        let waiters = state.waiters
        state.waiters = []
        return waiters
      }
      for waiter in waiters { waiter.resume(with: result) }
    }

    func value() async throws -> LayerRecord {
      try await withCheckedThrowingContinuation { continuation in
        let result: Result<LayerRecord, any Error>? = state.withLock { state in
          if state.result == nil { state.waiters.append(continuation) }
          return state.result
        }
        if let result { continuation.resume(with: result) }
      }
    }
  }

  private let queue: ChunkQueue
  private let outcome: Outcome

  /// `onEnd` runs on the thread, before `finish` or `abort` return.
  init(
    job: LayerJob, onEnd: @escaping @Sendable (Result<LayerRecord, any Error>) -> Void
  ) throws(ImageStoreError) {
    let queue = ChunkQueue()
    let outcome = Outcome()
    var job = job
    job.source = .queue(queue)
    let prepared = job
    self.queue = queue
    self.outcome = outcome
    try OSThread.start {
      let result: Result<LayerRecord, any Error>
      do {
        result = .success(try prepared.run())
      } catch {
        queue.end(error)
        result = .failure(error)
      }
      onEnd(result)
      outcome.complete(result)
    }
  }

  deinit { queue.end(Self.givenUp) }

  private static var givenUp: ImageStoreError { ImageStoreError(.closed, "the layer was given up") }

  /// Hands over the next bytes. Throws as soon as the layer has turned out to be wrong.
  public func write(_ bytes: [UInt8]) async throws { try await queue.push(bytes) }

  /// All bytes are written: waits until the layer is verified and unpacked.
  public func finish() async throws -> LayerRecord {
    queue.complete()
    return try await outcome.value()
  }

  /// Gives up: what has been stored is removed before this returns.
  public func abort() async {
    queue.end(Self.givenUp)
    _ = try? await outcome.value()
  }
}
