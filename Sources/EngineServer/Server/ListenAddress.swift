public import EngineAPI

/// Where the server listens, in the form of Docker's `--host`.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
  case unix(path: String)
  case tcp(host: String, port: Int)

  /// Reads `unix:///run/moonpool.sock`, `tcp://0.0.0.0:2376`, `/run/moonpool.sock` or `:2375`.
  public init(_ text: String) throws(InvalidValue) {
    if text.hasPrefix("unix://") || text.hasPrefix("/") {
      let path = text.hasPrefix("unix://") ? String(text.dropFirst(7)) : text
      guard path.hasPrefix("/") else { throw InvalidValue("unix socket path must be absolute: \"\(text)\"") }
      guard path.utf8.count < 108 else {
        throw InvalidValue("unix socket path is longer than the kernel's 107 bytes: \"\(path)\"")
      }
      self = .unix(path: path)
      return
    }
    var rest = text[...]
    if rest.hasPrefix("tcp://") { rest = rest.dropFirst(6) }
    guard !rest.contains("/"), let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]),
      0...65535 ~= port
    else {
      throw InvalidValue(
        "cannot listen on \"\(text)\": use unix:///PATH or tcp://HOST:PORT (2375, or 2376 with --tlsverify)")
    }
    var host = rest[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    self = .tcp(host: host.isEmpty ? "127.0.0.1" : String(host), port: port)
  }

  public var description: String {
    switch self {
    case .unix(let path): "unix://\(path)"
    case .tcp(let host, let port): "tcp://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
  }
}
