/// The query of a request: decoded as Go's `url.ParseQuery` does, read as moby's `httputils` reads it.
struct Query: Sendable, Hashable {
  private var values: [String: [String]] = [:]

  init() {}

  /// Decodes `a=1&b=x+y&a=2`; nil where an escape is broken.
  init?(_ text: some StringProtocol) {
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let key = percentDecoded(parts[0].utf8, plusIsSpace: true),
        let value = percentDecoded(parts.count == 2 ? Array(parts[1].utf8) : [], plusIsSpace: true)
      else { return nil }
      values[key, default: []].append(value)
    }
  }

  /// The first value of a key.
  subscript(key: String) -> String? { values[key]?.first }

  /// All values of a key that may be repeated.
  func all(_ key: String) -> [String] { values[key] ?? [] }

  /// The first value of a key, nil where it is empty.
  func nonEmpty(_ key: String) -> String? { self[key].flatMap { $0.isEmpty ? nil : $0 } }

  /// Docker's booleans: absent, empty, `0`, `no`, `false` and `none` are false, all else is true.
  func flag(_ key: String, default absent: Bool = false) -> Bool {
    guard let text = self[key] else { return absent }
    var trimmed = text.lowercased()[...]
    while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
    while trimmed.first?.isWhitespace == true { trimmed.removeFirst() }
    return !["", "0", "no", "false", "none"].contains(String(trimmed))
  }
}

/// The text with `%41` (and `+`, where asked) decoded; nil where an escape is broken or the result is not UTF-8.
func percentDecoded(_ bytes: some Collection<UInt8>, plusIsSpace: Bool = false) -> String? {
  var output: [UInt8] = []
  output.reserveCapacity(bytes.count)
  var iterator = bytes.makeIterator()
  func digit(_ byte: UInt8?) -> UInt8? {
    switch byte {
    case .some(let byte) where 48...57 ~= byte: byte - 48
    case .some(let byte) where 65...70 ~= byte: byte - 55
    case .some(let byte) where 97...102 ~= byte: byte - 87
    default: nil
    }
  }
  while let byte = iterator.next() {
    switch byte {
    case UInt8(ascii: "%"):
      guard let high = digit(iterator.next()), let low = digit(iterator.next()) else { return nil }
      output.append(high << 4 | low)
    case UInt8(ascii: "+") where plusIsSpace: output.append(UInt8(ascii: " "))
    default: output.append(byte)
    }
  }
  return String(validating: output, as: UTF8.self)
}
