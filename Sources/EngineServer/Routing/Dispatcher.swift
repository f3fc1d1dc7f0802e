import Engine
import EngineAPI
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// Takes a request from its path's version to its written reply.
struct Dispatcher: Sendable {
  let table: RouteTable
  /// The engine's own version, for the `Server` header.
  let engineVersion: String
  let logger: Logger

  enum Decision: Sendable {
    case refused(Reply)
    case route(Route, APIRequest)
  }

  /// Serves one request on a connection.
  func serve(_ request: Request, on connection: Connection?, to output: any ReplyOutput) async throws {
    switch await decide(request, caller: { await connection?.caller() ?? Caller() }) {
    case .refused(let reply):
      try await write(reply, for: request, on: connection, to: output)
    case .route(let route, let apiRequest):
      guard route.followsClient, let connection else {
        return try await handle(route, apiRequest, request, on: connection, to: output)
      }
      try await connection.followingClient {
        try await handle(route, apiRequest, request, on: connection, to: output)
      }
    }
  }

  /// Finds the version and the route.
  func decide(_ request: Request, caller: () async -> Caller) async -> Decision {
    var path = request.uri.path[...]
    var version = APIVersion.current
    if let (text, rest) = Self.splitVersion(path) {
      guard let asked = APIVersion(text) else { return .refused(.error(.notFound, "page not found")) }
      if asked > APIVersion.current {
        return .refused(
          .error(
            .badRequest, "client version \(asked) is too new. Maximum supported API version is \(APIVersion.current)"))
      }
      if asked < APIVersion.minimum {
        return .refused(
          .error(
            .badRequest,
            "client version \(asked) is too old. Minimum supported API version is \(APIVersion.minimum), please "
              + "upgrade your client to a newer version"))
      }
      version = asked
      path = rest
    }
    guard let (route, parameters) = table.match(request.method, String(path)) else {
      return .refused(.error(.notFound, "page not found"))
    }
    guard let query = Query(request.uri.query ?? "") else {
      return .refused(.error(.badRequest, "invalid URL escape in the query"))
    }
    return .route(
      route,
      APIRequest(
        method: request.method, path: String(path), version: version, parameters: parameters, query: query,
        headers: request.headers, body: request.body, caller: await caller()))
  }

  private func handle(
    _ route: Route, _ apiRequest: APIRequest, _ request: Request, on connection: Connection?,
    to output: any ReplyOutput
  ) async throws {
    if request.headers[.expect]?.lowercased() == "100-continue" { try await output.proceed() }
    let reply: Reply
    var isDrained = true
    do {
      reply = try await route.handle(apiRequest)
    } catch {
      reply = .error(error)
      logger.debug("\(request.method) \(apiRequest.path): \(error)")
      if error is BodyTooLong { isDrained = await Self.drain(request.body) }
    }
    try await write(reply, for: request, on: connection, to: output)
    if !isDrained { connection?.closeWhenWritten() }
  }

  /// Reads what is left of a refused body, as many clients read no answer before they have sent everything; false where
  /// it goes on too long.
  private static func drain(_ body: RequestBody) async -> Bool {
    var left = 16 << 20
    do {
      for try await part in body {
        left -= part.readableBytes
        if left < 0 { return false }
      }
      return true
    } catch {
      return false
    }
  }

  /// Writes a reply. A stream that fails before its first byte becomes an error reply; one that fails later ends the
  /// connection, as nothing else can tell the client.
  func write(
    _ reply: Reply, for request: Request, on connection: Connection?, to output: any ReplyOutput
  ) async throws {
    var head = HTTPResponse(status: reply.status, headerFields: reply.headers)
    head.headerFields[.apiVersion] = APIVersion.current.description
    head.headerFields[.dockerExperimental] = "false"
    head.headerFields[.osType] = "linux"
    head.headerFields[.server] = "Moonpool/\(engineVersion) (linux)"
    let isRefusedUpgrade = request.headers[.upgrade] != nil
    switch reply.content {
    case .none, .bytes:
      var body = ByteBuffer()
      if case .bytes(let bytes) = reply.content { body = bytes }
      if reply.status != .noContent, reply.status != .notModified, head.headerFields[.contentLength] == nil {
        head.headerFields[.contentLength] = String(body.readableBytes)
      }
      if isRefusedUpgrade { head.headerFields[.connection] = "close" }
      try await output.write(head, request.method == .head ? ByteBuffer() : body)
      if isRefusedUpgrade { connection?.closeWhenWritten() }
    case .stream(let produce):
      if isRefusedUpgrade { head.headerFields[.connection] = "close" }
      let streamHead = head
      let stream = ReplyStream(start: { try await output.begin(streamHead) }, send: { try await output.send($0) })
      do {
        try await produce(stream)
        try await stream.begin()
        try await output.finish()
      } catch {
        guard !stream.hasBegun, !(error is CancellationError) else {
          connection?.channel.close(promise: nil)
          throw error
        }
        return try await write(.error(error), for: request, on: connection, to: output)
      }
      if isRefusedUpgrade { connection?.closeWhenWritten() }
    case .bridge(let stream):
      if reply.status.code == 101 {
        head.headerFields[.connection] = "Upgrade"
        head.headerFields[.upgrade] = "tcp"
      }
      try await output.bridge(stream, head: head)
    }
  }

  /// `/v1.43/containers/json` in its two parts.
  private static func splitVersion(_ path: Substring) -> (version: Substring, rest: Substring)? {
    guard path.hasPrefix("/v"), let third = path.dropFirst(2).first, third.isNumber else { return nil }
    let end = path.dropFirst().firstIndex(of: "/") ?? path.endIndex
    let version = path[path.index(path.startIndex, offsetBy: 2)..<end]
    guard version.allSatisfy({ $0.isNumber || $0 == "." }) else { return nil }
    return (version, end == path.endIndex ? "/" : path[end...])
  }
}
