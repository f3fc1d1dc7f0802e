import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server that answers as a test says: for what a real registry does only in bad weather.
final class FakeRegistry: Sendable {
  struct Request: Sendable {
    var method: HTTPMethod
    var target: String
    var headers: HTTPHeaders
    var body: String
    var path: String { String(target.prefix { $0 != "?" }) }
    var authorization: String? { headers.first(name: "authorization") }
  }

  struct Answer: Sendable {
    enum Ending: Sendable { case whole, cut, silent }
    var status: HTTPResponseStatus = .ok
    var headers: HTTPHeaders = [:]
    var body: [UInt8] = []
    /// With `cut` the connection is closed after the body although more was announced; with `silent` nothing follows.
    var ending = Ending.whole

    init(_ status: HTTPResponseStatus = .ok, _ headers: HTTPHeaders = [:], _ body: String = "") {
      self.status = status
      self.headers = headers
      self.body = Array(body.utf8)
    }
  }

  let port: Int
  var address: String { "localhost:\(port)" }
  private let channel: any Channel
  private let log: Log

  /// All requests so far, in order of arrival.
  var requests: [Request] { log.entries.withLock { $0 } }

  private final class Log: Sendable {
    let entries = Mutex<[Request]>([])
  }

  init(in sandbox: NetworkSandbox, _ answer: @escaping @Sendable (Request) -> Answer) async throws {
    let log = Log()
    self.log = log
    let group = sandbox.group
    // On the loop's thread, which is inside the namespace.
    channel = try await group.next().flatSubmit {
      ServerBootstrap(group: group)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline()
            try channel.pipeline.syncOperations.addHandler(Handler(log: log, answer: answer))
          }
        }
        .bind(host: "127.0.0.1", port: 0)
    }.get()
    port = channel.localAddress?.port ?? 0
  }

  func close() async { try? await channel.close() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    let log: Log
    let answer: @Sendable (Request) -> Answer
    var head: HTTPRequestHead?
    var body = ""

    init(log: Log, answer: @escaping @Sendable (Request) -> Answer) {
      self.log = log
      self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): (self.head, body) = (head, "")
      case .body(let buffer): body += String(buffer: buffer)
      case .end:
        guard let head else { return }
        let request = Request(method: head.method, target: head.uri, headers: head.headers, body: body)
        log.entries.withLock { $0.append(request) }
        write(answer(request), to: request, context)
      }
    }

    private func write(_ answer: Answer, to request: Request, _ context: ChannelHandlerContext) {
      var headers = answer.headers
      if !headers.contains(name: "content-length") {
        headers.add(name: "content-length", value: "\(answer.body.count)")
      }
      let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      if request.method != .HEAD {
        let written = context.eventLoop.makePromise(of: Void.self)
        if answer.ending == .cut {
          let channel = context.channel
          written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: written)
      }
      switch answer.ending {
      case .whole: context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      case .silent, .cut: context.flush()
      }
    }
  }
}
