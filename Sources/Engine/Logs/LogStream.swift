import Synchronization

/// The lines of a log as a client reads them: framed unless the container has a terminal. With `follow` it goes on until
/// the container ends; nothing polls, a changed file wakes it.
public struct LogStream: AsyncSequence, Sendable {
  public typealias Element = [UInt8]

  public let terminal: Bool
  let reader: LogReader
  let pool: BlockingPool
  /// nil: do not follow.
  let follow: Follow?

  struct Follow: Sendable {
    /// Something changed, or the container ended.
    var changes: AsyncStream<Void>
    /// The container will write nothing more.
    var ended: @Sendable () -> Bool
  }

  public struct AsyncIterator: AsyncIteratorProtocol {
    let reader: LogReader
    let pool: BlockingPool
    let follow: Follow?
    var changes: AsyncStream<Void>.Iterator?

    public mutating func next() async throws -> [UInt8]? { try await next(isolation: nil) }

    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(any Error) -> [UInt8]? {
      while true {
        let ended = follow.map { $0.ended() } ?? true
        let reader = reader
        guard let piece = try await pool.run({ try reader.next() }) else { return nil }
        if !piece.isEmpty { return piece }
        if ended { return nil }
        guard await changes?.next(isolation: actor) != nil else { return nil }
      }
    }
  }

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(reader: reader, pool: pool, follow: follow, changes: follow?.changes.makeAsyncIterator())
  }
}
