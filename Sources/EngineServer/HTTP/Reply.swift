import Engine
import EngineAPI
import HTTPTypes
import JSON
import NIOCore
import Synchronization

/// What a route answers: a whole body, a stream, or the connection handed over to a container's streams.
struct Reply: Sendable {
  enum Content: Sendable {
    case none
    case bytes(ByteBuffer)
    /// Written as it comes, in chunks that are flushed one by one. The status and headers are sent with the first
    /// chunk, so that a producer that fails before it still becomes a proper error.
    case stream(@Sendable (ReplyStream) async throws -> Void)
    /// The connection's bytes go to the descriptor and back, uninterpreted.
    case bridge(AttachedStream)
  }

  var status: HTTPResponse.Status
  var headers: HTTPFields
  var content: Content

  init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], content: Content = .none) {
    self.status = status
    self.headers = headers
    self.content = content
  }

  static let rawStream = "application/vnd.docker.raw-stream"
  static let multiplexedStream = "application/vnd.docker.multiplexed-stream"

  static let noContent = Reply(status: .noContent)

  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Reply {
    Reply(
      status: status, headers: [.contentType: "application/json"],
      content: .bytes(ByteBuffer(bytes: try JSON.encode(value) + [UInt8(ascii: "\n")])))
  }

  static func text(_ text: String, headers: HTTPFields = [:]) -> Reply {
    var headers = headers
    headers[.contentType] = "text/plain; charset=utf-8"
    return Reply(headers: headers, content: .bytes(ByteBuffer(string: text)))
  }

  static func stream(
    _ contentType: String, status: HTTPResponse.Status = .ok,
    _ produce: @escaping @Sendable (ReplyStream) async throws -> Void
  ) -> Reply {
    Reply(status: status, headers: [.contentType: contentType], content: .stream(produce))
  }

  /// Hands the connection over. The answer is `101 UPGRADED` where the client asked for it, else the older `200 OK`
  /// without framing.
  static func bridge(_ stream: AttachedStream, for request: APIRequest) -> Reply {
    let raw = stream.terminal || request.version < APIVersion(1, 42)
    return Reply(
      status: request.asksForUpgrade ? HTTPResponse.Status(code: 101, reasonPhrase: "UPGRADED") : .ok,
      headers: [
        .contentType: raw ? rawStream : multiplexedStream
      ],
      content: .bridge(stream))
  }
}

/// Where a streaming reply is written to. Each write is one chunk on the wire, sent at once; a write waits while the
/// client reads slowly. Several tasks may write (the layers of a pull report side by side): their chunks come one after
/// the other.
final class ReplyStream: Sendable {
  private let start: @Sendable () async throws -> Void
  private let send: @Sendable (ByteBuffer) async throws -> Void
  private let lock = AsyncLock()
  private let begun = Mutex(false)

  init(start: @escaping @Sendable () async throws -> Void, send: @escaping @Sendable (ByteBuffer) async throws -> Void)
  {
    self.start = start
    self.send = send
  }

  var hasBegun: Bool { begun.withLock { $0 } }

  /// Sends status and headers now, for a client that waits for them before it goes on.
  func begin() async throws { try await write(ByteBuffer()) }

  func write(_ buffer: ByteBuffer) async throws {
    try await lock.withLock {
      let isFirst = begun.withLock { begun in
        defer { begun = true }
        return !begun
      }
      if isFirst { try await start() }
      if buffer.readableBytes > 0 { try await send(buffer) }
    }
  }

  func write(_ bytes: some Sequence<UInt8>) async throws { try await write(ByteBuffer(bytes: bytes)) }

  /// Writes one line of JSON.
  func writeLine(_ value: some Encodable, end: String = "\n") async throws {
    try await write(JSON.encode(value) + Array(end.utf8))
  }
}
