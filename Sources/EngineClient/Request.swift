public import JSON

/// A call of the API: `Request(.post, "/containers/create", query: ["name": "web"], body: …)`.
public struct Request: Sendable {
  public enum Method: String, Sendable {
    case get = "GET", head = "HEAD", post = "POST", put = "PUT", delete = "DELETE"
  }

  public var method: Method
  /// Without the version: the client adds it.
  public var path: String
  public var query: [(name: String, value: String)]
  public var headers: [(name: String, value: String)]
  public var body: [UInt8]?

  public init(
    _ method: Method, _ path: String, query: KeyValuePairs<String, String?> = [:], body: JSONValue? = nil
  ) {
    self.init(method, path, query: query, bytes: body.map { JSON.write($0) })
  }

  public init(
    _ method: Method, _ path: String, query: KeyValuePairs<String, String?> = [:], bytes: [UInt8]?
  ) {
    self.method = method
    self.path = path
    // An empty query value and an absent one are not the same: nil leaves it out.
    self.query = query.compactMap { name, value in value.map { (name, $0) } }
    self.headers = []
    self.body = bytes
  }

  /// Path segments that came from a user: `a/b` stays one segment.
  public static func segment(_ text: String) -> String { escape(text) }

  static func escape(_ text: String) -> String {
    var bytes: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The bytes on the wire. `hijack` asks for the raw connection (Docker's `Upgrade: tcp`).
  func serialized(version: String, host: String, hijack: Bool, chunkedBody: Bool) -> [UInt8] {
    var text = "\(method.rawValue) /v\(version)\(path)"
    for (index, item) in query.enumerated() {
      text += (index == 0 ? "?" : "&") + Self.escape(item.name) + "=" + Self.escape(item.value)
    }
    text += " HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: moonpool\r\n"
    for header in headers { text += "\(header.name): \(header.value)\r\n" }
    if hijack { text += "Connection: Upgrade\r\nUpgrade: tcp\r\n" }
    if chunkedBody {
      text += "Transfer-Encoding: chunked\r\n"
    } else if let body {
      text += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n"
    } else if method == .post || method == .put {
      text += "Content-Length: 0\r\n"
    }
    text += "\r\n"
    return Array(text.utf8) + (chunkedBody ? [] : body ?? [])
  }
}
