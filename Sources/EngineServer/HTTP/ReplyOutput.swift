import Engine
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Where a reply goes: a connection, or a test.
protocol ReplyOutput: Sendable {
  /// Tells a client that waits for it to send the body (`100 Continue`).
  func proceed() async throws
  func write(_ head: HTTPResponse, _ body: ByteBuffer) async throws
  func begin(_ head: HTTPResponse) async throws
  func send(_ buffer: ByteBuffer) async throws
  func finish() async throws
  /// Hands the connection over; returns when it is over.
  func bridge(_ stream: AttachedStream, head: HTTPResponse) async throws
}

/// The reply to a request of a live connection.
///
/// Unchecked, because Hummingbird's writers hold only the channel's Sendable writer and do not say so; and because one
/// task at a time uses this: the one that serves the request, or the one that it waits for.
final class LiveOutput: ReplyOutput, @unchecked Sendable {
  private var writer: ResponseWriter?
  private var body: (any ResponseBodyWriter)?
  private let connection: Connection

  init(_ writer: consuming ResponseWriter, on connection: Connection) {
    self.writer = consume writer
    self.connection = connection
  }

  func proceed() async throws { try await writer?.writeInformationalHead(HTTPResponse(status: .continue)) }

  func write(_ head: HTTPResponse, _ body: ByteBuffer) async throws {
    guard let writer = writer.take() else { return }
    try await writer.write(
      response: head, body: body.readableBytes == 0 ? ResponseBody() : ResponseBody(byteBuffer: body))
  }

  func begin(_ head: HTTPResponse) async throws {
    guard let writer = writer.take() else { return }
    body = try await writer.writeHead(head)
  }

  func send(_ buffer: ByteBuffer) async throws { try await body?.write(buffer) }

  func finish() async throws {
    guard let body else { return }
    self.body = nil
    try await body.finish(nil)
  }

  func bridge(_ stream: AttachedStream, head: HTTPResponse) async throws {
    try await connection.bridge(stream, head: head)
  }
}
