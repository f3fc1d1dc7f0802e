import Engine
import Glibc
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

@testable import EngineServer

/// A live server on a unix socket in a directory of its own, gone with everything when the body returns.
struct ServerFixture {
  var directory: String
  var socket: String
  var addresses: [ListenAddress]

  static func with(
    _ routes: [Route], tcp: Bool = false, tls: APIServerConfiguration.TLS? = nil,
    _ body: @escaping @Sendable (ServerFixture) async throws -> Void
  ) async throws {
    let directory = "/tmp/moonpool-test-\(UInt32.random(in: .min ... .max))"
    mkdir(directory, 0o700)
    defer {
      unlink("\(directory)/api.sock")
      rmdir(directory)
    }
    let socket = "\(directory)/api.sock"
    var logger = Logger(label: "test")
    logger.logLevel = .error
    let (ready, isReady) = AsyncStream<[ListenAddress]>.makeStream()
    var listen = [ListenAddress.unix(path: socket)]
    if tcp { listen.append(.tcp(host: "127.0.0.1", port: 0)) }
    let server = APIServer(
      routes: routes,
      configuration: APIServerConfiguration(addresses: listen, tls: tls, engineVersion: "test", drainSeconds: 5),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
      onListening: {
        isReady.yield($0)
        isReady.finish()
      })
    let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        defer { isReady.finish() }
        try await group.run()
      }
      tasks.addTask {
        var iterator = ready.makeAsyncIterator()
        guard let addresses = await iterator.next() else { return }
        do {
          try await body(ServerFixture(directory: directory, socket: socket, addresses: addresses))
          await group.triggerGracefulShutdown()
        } catch {
          await group.triggerGracefulShutdown()
          throw error
        }
      }
      try await tasks.waitForAll()
    }
  }

  func client() throws -> RawClient { try RawClient(unix: socket) }
}

/// What came back, whichever way the request went.
struct Answer: Sendable {
  var status: Int
  var headers: [String: String]
  var body: String
}

/// One request, sent to the dispatcher without a socket or to a live server: the same tests run on both.
enum Target: String, Sendable, CaseIterable {
  case direct, live

  func send(
    _ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil, routes: [Route]
  ) async throws -> Answer {
    switch self {
    case .direct: return try await sendDirect(method, path, headers: headers, body: body, routes: routes)
    case .live:
      let answer = Mutex<Answer?>(nil)
      try await ServerFixture.with(routes) { server in
        let client = try server.client()
        var request = "\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        for (name, value) in headers { request += "\(name): \(value)\r\n" }
        if let body { request += "Content-Length: \(body.utf8.count)\r\n" }
        try await client.send(request + "\r\n" + (body ?? ""))
        let text = String(decoding: try await client.readToEnd(), as: UTF8.self)
        answer.withLock { $0 = Self.parse(text) }
      }
      guard let answer = answer.withLock({ $0 }) else { throw RawClient.Failure(description: "no answer") }
      return answer
    }
  }

  private func sendDirect(
    _ method: String, _ path: String, headers: [String: String], body: String?, routes: [Route]
  ) async throws -> Answer {
    let dispatcher = Dispatcher(table: RouteTable(routes), engineVersion: "test", logger: Logger(label: "test"))
    var fields = HTTPFields()
    for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
    guard let method = HTTPRequest.Method(method) else { throw RawClient.Failure(description: "method") }
    let request = Request(
      head: HTTPRequest(method: method, scheme: "http", authority: "x", path: path, headerFields: fields),
      body: RequestBody(buffer: ByteBuffer(string: body ?? "")))
    let output = CollectingOutput()
    try await dispatcher.serve(request, on: nil, to: output)
    return output.answer
  }

  private static func parse(_ text: String) -> Answer {
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
    let lines = parts[0].split(separator: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let field = line.split(separator: ":", maxSplits: 1)
      headers[field[0].lowercased()] = field.count == 2 ? String(field[1].drop { $0 == " " }) : ""
    }
    var body = parts.count == 2 ? String(parts[1]) : ""
    if headers["transfer-encoding"] == "chunked" {
      var rest = body[...]
      body = ""
      while let end = rest.firstRange(of: "\r\n"), let size = Int(rest[..<end.lowerBound], radix: 16), size > 0 {
        let bytes = rest[end.upperBound...].utf8.prefix(size)
        body += String(bytes) ?? ""
        rest = rest[bytes.endIndex...].dropFirst(1)
        if rest.first == "\n" { rest = rest.dropFirst() }
      }
    }
    let status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
    return Answer(status: status, headers: headers, body: body)
  }
}

/// Keeps a reply in memory.
final class CollectingOutput: ReplyOutput {
  private let state = Mutex((head: HTTPResponse(status: .ok), body: ByteBuffer()))

  var answer: Answer {
    state.withLock { state in
      var headers: [String: String] = [:]
      for field in state.head.headerFields { headers[field.name.canonicalName] = field.value }
      return Answer(
        status: state.head.status.code, headers: headers, body: String(buffer: state.body))
    }
  }

  func proceed() async throws {}
  func write(_ head: HTTPResponse, _ body: ByteBuffer) async throws { state.withLock { $0 = (head, body) } }
  func begin(_ head: HTTPResponse) async throws { state.withLock { $0.head = head } }
  func send(_ buffer: ByteBuffer) async throws { state.withLock { _ = $0.body.writeImmutableBuffer(buffer) } }
  func finish() async throws {}
  func bridge(_ stream: AttachedStream, head: HTTPResponse) async throws { state.withLock { $0.head = head } }
}
