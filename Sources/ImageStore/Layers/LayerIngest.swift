internal import Synchronization

/// A layer on its way in: bytes are written, and at the end it stands unpacked.
///
/// ```
/// for try await chunk in download { try await ingest.write(chunk) }
/// let layer = try await ingest.finish()
/// ```
///
/// Hashing, decompression and unpacking happen on a thread of its own while more bytes arrive; `write` waits when that
/// thread is behind. Whoever does not call `finish` calls `abort`.
public final class LayerIngest: Sendable {
  private enum Phase {
    case running
    case done(Result<LayerRecord, any Error>)
  }

  private struct State {
    var phase = Phase.running
    var waiter: CheckedContinuation<LayerRecord, any Error>?
  }

  private let queue = ChunkQueue()
  private let state = Mutex(State())
  private let onEnd: @Sendable (Result<LayerRecord, any Error>) -> Void

  init(
    job: LayerJob, onEnd: @escaping @Sendable (Result<LayerRecord, any Error>) -> Void
  ) throws(ImageStoreError) {
    self.onEnd = onEnd
    var job = job
    job.source = .queue(queue)
    let queue = self.queue
    let prepared = job
    try OSThread.start { [self] in
      let result: Result<LayerRecord, any Error>
      do {
        result = .success(try prepared.run())
      } catch {
        queue.end(error)
        result = .failure(error)
      }
      complete(result)
    }
  }

  /// Hands over the next bytes. Throws as soon as the layer has turned out to be wrong.
  public func write(_ bytes: [UInt8]) async throws { try await queue.push(bytes) }

  /// All bytes are written: waits until the layer is verified and unpacked.
  public func finish() async throws -> LayerRecord {
    queue.complete()
    return try await outcome()
  }

  /// Gives up: what has been stored is removed before this returns.
  public func abort() async {
    queue.end(ImageStoreError(.closed, "the layer was given up"))
    _ = try? await outcome()
  }

  private func outcome() async throws -> LayerRecord {
    try await withCheckedThrowingContinuation { continuation in
      let result: Result<LayerRecord, any Error>? = state.withLock { state in
        if case .done(let result) = state.phase { return result }
        state.waiter = continuation
        return nil
      }
      if let result { continuation.resume(with: result) }
    }
  }

  private func complete(_ result: Result<LayerRecord, any Error>) {
    onEnd(result)
    let waiter = state.withLock { state in
      state.phase = .done(result)
      let waiter = state.waiter
      state.waiter = nil
      return waiter
    }
    waiter?.resume(with: result)
  }
}
