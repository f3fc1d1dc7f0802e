/// Where a daemon listens, in the notation of `-H` and `DOCKER_HOST`.
///
/// `unix:///run/moonpool.sock`, `tcp://127.0.0.1:2375`, `/run/moonpool.sock`
public enum DaemonAddress: Sendable, Hashable, CustomStringConvertible {
  case unix(path: String)
  case tcp(host: String, port: UInt16)

  public static let standard = DaemonAddress.unix(path: "/run/moonpool.sock")

  public init(_ text: String) throws(ClientError) {
    let invalid = ClientError(.address, "unable to parse docker host `\(text)`")
    if text.hasPrefix("/") {
      self = .unix(path: text)
      return
    }
    guard let separator = text.firstOccurrence(of: "://") else { throw invalid }
    let rest = text[separator.upperBound...]
    switch text[..<separator.lowerBound] {
    case "unix":
      guard !rest.isEmpty else { throw invalid }
      self = .unix(path: String(rest))
    case "tcp", "http":
      let authority = rest.prefix { $0 != "/" }
      var host = authority
      var port: UInt16 = 2375
      let bracket = authority.lastIndex(of: "]")
      if let colon = authority.lastIndex(of: ":"), bracket.map({ $0 < colon }) ?? true {
        guard let number = UInt16(authority[authority.index(after: colon)...]) else { throw invalid }
        (host, port) = (authority[..<colon], number)
      }
      if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
      self = .tcp(host: host.isEmpty ? "127.0.0.1" : String(host), port: port)
    case "https", "tcp+tls":
      throw ClientError(
        .address,
        "\(text): this client speaks no TLS; forward the daemon's socket instead: "
          + "ssh -nNT -L /run/remote.sock:/run/moonpool.sock HOST, then -H unix:///run/remote.sock")
    case "ssh":
      throw ClientError(
        .address,
        "\(text): this client starts no ssh itself; forward the daemon's socket: "
          + "ssh -nNT -L /run/remote.sock:/run/moonpool.sock HOST, then -H unix:///run/remote.sock")
    default: throw ClientError(.address, "unsupported protocol in \(text): use unix:// or tcp://")
    }
  }

  public var description: String {
    switch self {
    case .unix(let path): "unix://\(path)"
    case .tcp(let host, let port): "tcp://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
  }
}
