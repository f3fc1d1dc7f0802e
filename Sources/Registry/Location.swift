/// The host of `host[:port]` and `[v6]:port`.
enum Authority {
  static func host(of authority: String) -> String {
    if authority.hasPrefix("["), let close = authority.firstIndex(of: "]") {
      return String(authority[authority.index(after: authority.startIndex)..<close])
    }
    guard let colon = authority.lastIndex(of: ":") else { return authority }
    return String(authority[..<colon])
  }
}

/// An absolute `http` or `https` URL in the parts that matter here (RFC 3986).
struct Location: Hashable, Sendable {
  enum Scheme: String, Sendable { case http, https }

  var scheme: Scheme
  /// `host` or `host:port`, in lower case, never with user information.
  var authority: String
  /// Path and query, beginning with `/`.
  var target: String

  init(scheme: Scheme, authority: String, target: String) {
    self.scheme = scheme
    self.authority = authority
    self.target = target
  }

  init?(_ text: some StringProtocol) {
    guard let separator = text.firstRange(of: "://") else { return nil }
    guard let scheme = Scheme(rawValue: text[..<separator.lowerBound].lowercased()) else { return nil }
    let rest = text[separator.upperBound...].prefix { $0 != "#" }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    // User information in a Location or a realm is an attempt to have credentials sent along: refused.
    guard !authority.isEmpty, !authority.contains("@") else { return nil }
    let target = rest[authority.endIndex...]
    self.init(
      scheme: scheme, authority: authority.lowercased(),
      target: target.hasPrefix("/") ? String(target) : "/" + String(target))
  }

  /// Where a `Location` header points that came with the answer to this request.
  func resolving(_ reference: String) -> Location? {
    if let absolute = Location(reference) { return absolute }
    if reference.contains("://") { return nil }
    if reference.hasPrefix("//") { return Location("\(scheme.rawValue):\(reference)") }
    var copy = self
    let reference = String(reference.prefix { $0 != "#" })
    if reference.hasPrefix("/") {
      copy.target = reference
    } else if reference.hasPrefix("?") {
      copy.target = String(path) + reference
    } else {
      let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
      copy.target = String(folder) + reference
    }
    return copy
  }

  var path: Substring { target.prefix { $0 != "?" } }

  func adding(query name: String, _ value: String) -> Location {
    var copy = self
    let separator: String = target.hasSuffix("?") || target.hasSuffix("&") ? "" : target.contains("?") ? "&" : "?"
    copy.target += separator + name + "=" + Self.escape(value)
    return copy
  }

  /// Two locations with one origin: credentials for the one may be sent to the other.
  func hasSameOrigin(as other: Location) -> Bool {
    scheme == other.scheme && authorityWithPort == other.authorityWithPort
  }

  private var authorityWithPort: String {
    let bare = authority.hasPrefix("[") ? authority.hasSuffix("]") : !authority.contains(":")
    return bare ? authority + (scheme == .https ? ":443" : ":80") : authority
  }

  /// Percent-encodes all but the unreserved characters (RFC 3986 §2.3).
  static func escape(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        result.append("%")
        result.unicodeScalars.append(digits[Int(byte >> 4)])
        result.unicodeScalars.append(digits[Int(byte & 15)])
      }
    }
    return result
  }
}

extension Location: CustomStringConvertible {
  var description: String { "\(scheme.rawValue)://\(authority)\(target)" }
}
