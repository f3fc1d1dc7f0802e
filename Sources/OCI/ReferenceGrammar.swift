/// The lexical rules of `distribution/reference` (grammar in reference.go), over UTF-8 bytes.
enum ReferenceGrammar {
  static func isLower(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte) }
  static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5a).contains(byte) }
  static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  static func isAlphanumeric(_ byte: UInt8) -> Bool { isLower(byte) || isUpper(byte) || isDigit(byte) }
  static func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte) }

  /// `tag := [\w][\w.-]{0,127}`
  static func isTag(_ text: Substring.UTF8View) -> Bool {
    guard let first = text.first, text.count <= 128 else { return false }
    guard isAlphanumeric(first) || first == UInt8(ascii: "_") else { return false }
    return text.allSatisfy {
      isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
    }
  }

  /// `path-component := [a-z0-9]+ (separator [a-z0-9]+)*`, `separator := [_.] | "__" | "-"+`
  static func isPathComponent(_ text: Substring.UTF8View) -> Bool {
    var rest = text[...]
    while true {
      let word = rest.prefix { isLower($0) || isDigit($0) }
      guard !word.isEmpty else { return false }
      rest = rest[word.endIndex...]
      guard let separator = rest.first else { return true }
      switch separator {
      case UInt8(ascii: "."):
        rest = rest.dropFirst()
      case UInt8(ascii: "_"):
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "_") { rest = rest.dropFirst() }
      case UInt8(ascii: "-"):
        rest = rest.drop { $0 == UInt8(ascii: "-") }
      default:
        return false
      }
    }
  }

  /// `path := path-component ("/" path-component)*`
  static func isPath(_ text: Substring) -> Bool {
    let components = text.split(separator: "/", omittingEmptySubsequences: false)
    return components.allSatisfy { isPathComponent($0.utf8) }
  }

  /// `domain := (name ("." name)* | "[" IPv6 "]") (":" digits)?`
  static func isDomain(_ text: Substring) -> Bool {
    var host = text
    if host.hasPrefix("[") {
      guard let close = host.firstIndex(of: "]") else { return false }
      let address = host[host.index(after: host.startIndex)..<close]
      guard address.contains(":"),
        address.utf8.allSatisfy({ isDigit($0) || isHexadecimal($0 | 0x20) || $0 == UInt8(ascii: ":") })
      else { return false }
      let rest = host[host.index(after: close)...]
      return rest.isEmpty || (rest.hasPrefix(":") && isPort(rest.dropFirst()))
    }
    if let colon = host.firstIndex(of: ":") {
      guard isPort(host[host.index(after: colon)...]) else { return false }
      host = host[..<colon]
    }
    return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      guard let first = label.utf8.first, let last = label.utf8.last else { return false }
      return isAlphanumeric(first) && isAlphanumeric(last)
        && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  private static func isPort(_ text: Substring) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isDigit) }
}
