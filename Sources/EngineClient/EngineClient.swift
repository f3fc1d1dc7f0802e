public import JSON

/// The API of one daemon, for a program that does one thing at a time.
///
/// ```
/// let client = EngineClient(address: .standard)
/// let containers = try client.json(Request(.get, "/containers/json", query: ["all": "1"]))
/// ```
///
/// A connection is kept for the next request. No version is negotiated beforehand: requests carry this client's own,
/// and only a daemon that calls it too new costs a second exchange.
public final class EngineClient {
  public let address: DaemonAddress
  private var version: String
  private let isVersionFixed: Bool
  private var idle: HTTPConnection?
  /// Sent with each request, by name.
  public var headers: [(name: String, value: String)] = []

  public static let ownVersion = "1.51"

  /// `version` fixes the API version (`DOCKER_API_VERSION`); nil asks for this client's.
  public init(address: DaemonAddress, version: String? = nil) {
    self.address = address
    self.version = version ?? Self.ownVersion
    self.isVersionFixed = version != nil
  }

  public var apiVersion: String { version }

  /// An answer whose body has not been read yet.
  public struct Response {
    public let head: HTTPConnection.Head
    public let connection: HTTPConnection
    public var status: Int { head.status }
  }

  /// Sends; throws what the daemon refuses. The body is to be read from the connection, which belongs to the caller.
  public func open(_ request: Request, hijack: Bool = false) throws(ClientError) -> Response {
    let pending = try begin(request, hijack: hijack)
    return try pending.finish()
  }

  /// A request that is on its way.
  public struct Pending {
    fileprivate let client: EngineClient
    fileprivate let request: Request
    fileprivate let connection: HTTPConnection
    fileprivate let hijack: Bool
    fileprivate let isReused: Bool

    /// Waits for the answer's head.
    public func finish() throws(ClientError) -> Response {
      let head: HTTPConnection.Head
      do throws(ClientError) {
        head = try connection.readHead(hijack: hijack, method: request.method)
      } catch {
        // A kept connection that the daemon has closed meanwhile: nothing of the request has been looked at.
        guard isReused, connection.isUntouched else { throw error }
        return try client.begin(request, hijack: hijack, fresh: true).finish()
      }
      guard head.status >= 400 else { return Response(head: head, connection: connection) }
      let failure = try client.failure(head, connection)
      if let older = client.olderVersion(failure) {
        client.version = older
        return try client.begin(request, hijack: hijack, fresh: false).finish()
      }
      throw failure
    }
  }

  /// Sends without waiting for the answer, so that several exchanges can overlap.
  public func begin(_ request: Request, hijack: Bool = false) throws(ClientError) -> Pending {
    var request = request
    request.headers += headers
    return try begin(request, hijack: hijack, fresh: false)
  }

  private func begin(_ request: Request, hijack: Bool, fresh: Bool) throws(ClientError) -> Pending {
    let host =
      switch address {
      case .unix: "localhost"
      case .tcp(let host, let port): "\(host):\(port)"
      }
    let bytes = request.serialized(version: version, host: host, hijack: hijack, chunkedBody: false)
    if !fresh, let connection = idle {
      idle = nil
      do throws(ClientError) {
        try connection.send(bytes)
        return Pending(client: self, request: request, connection: connection, hijack: hijack, isReused: true)
      } catch {
        return try begin(request, hijack: hijack, fresh: true)
      }
    }
    let connection = try HTTPConnection(to: address)
    try connection.send(bytes)
    return Pending(client: self, request: request, connection: connection, hijack: hijack, isReused: false)
  }

  /// Sends a body of unknown length piece by piece (`docker import -`, `docker load`).
  public func upload(
    _ request: Request, type: String, next: () throws -> [UInt8]?
  ) throws -> Response {
    var request = request
    request.headers += headers + [("Content-Type", type)]
    let connection = try HTTPConnection(to: address)
    try connection.send(request.serialized(version: version, host: "localhost", hijack: false, chunkedBody: true))
    while let piece = try next() {
      guard !piece.isEmpty else { continue }
      try connection.send(Array((String(piece.count, radix: 16) + "\r\n").utf8) + piece + [13, 10])
    }
    try connection.send(Array("0\r\n\r\n".utf8))
    let head = try connection.readHead(hijack: false, method: request.method)
    guard head.status < 400 else { throw try failure(head, connection) }
    return Response(head: head, connection: connection)
  }

  /// Sends, reads all and keeps the connection.
  public func bytes(_ request: Request) throws(ClientError) -> [UInt8] {
    let response = try open(request)
    var bytes: [UInt8] = []
    while let part = try response.connection.readBody() {
      if bytes.isEmpty { bytes = part } else { bytes += part }
    }
    keep(response.connection)
    return bytes
  }

  /// Sends and parses the answer; an empty one is null.
  public func json(_ request: Request) throws(ClientError) -> JSONValue {
    let bytes = try bytes(request)
    guard !bytes.isEmpty else { return .null }
    do {
      return try JSON.parse(bytes)
    } catch {
      throw ClientError(.broken, "the daemon's answer is no JSON: \(error)")
    }
  }

  /// Calls `body` with each JSON value of a stream, one a line (pull, push, events).
  public func stream(_ request: Request, _ body: (JSONValue) throws -> Void) throws {
    try Self.lines(of: try open(request), body)
  }

  public static func lines(of response: Response, _ body: (JSONValue) throws -> Void) throws {
    var rest: [UInt8] = []
    while let part = try response.connection.readBody() {
      rest += part
      var start = 0
      while let end = rest[start...].firstIndex(of: 10) {
        let line = rest[start..<end]
        start = end + 1
        if line.contains(where: { $0 > 32 }) { try body(try parse(line)) }
      }
      rest.removeFirst(start)
    }
    if rest.contains(where: { $0 > 32 }) { try body(try parse(rest[...])) }
  }

  private static func parse(_ line: ArraySlice<UInt8>) throws(ClientError) -> JSONValue {
    do {
      return try JSON.parse(Array(line))
    } catch {
      throw ClientError(.broken, "the daemon's answer is no JSON: \(error)")
    }
  }

  /// Gives back a connection whose answer has been read to its end.
  public func keep(_ connection: HTTPConnection) {
    if connection.isReusable { idle = connection }
  }

  private func failure(_ head: HTTPConnection.Head, _ connection: HTTPConnection) throws(ClientError) -> ClientError {
    var bytes: [UInt8] = []
    while bytes.count < 1 << 20, let part = try connection.readBody() { bytes += part }
    keep(connection)
    let text = String(decoding: bytes, as: UTF8.self)
    let message = (try? JSON.parse(bytes))?["message"]?.stringValue ?? text
    let trimmed = message.drop { $0.isWhitespace }
    return ClientError(
      .refused, trimmed.isEmpty ? "request returned status \(head.status)" : String(trimmed), status: head.status)
  }

  /// The version to fall back to when `failure` says that this client's is too new.
  private func olderVersion(_ failure: ClientError) -> String? {
    guard !isVersionFixed, failure.status == 400, failure.message.includes("is too new") else { return nil }
    let words = failure.message.split { $0 == " " || $0 == ":" }
    guard let last = words.last, last != version, last.allSatisfy({ $0.isNumber || $0 == "." }) else { return nil }
    return String(last)
  }
}
