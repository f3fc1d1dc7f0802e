extension JSON {
  /// Bounds on what a parser accepts from outside.
  public struct Limits: Sendable, Hashable {
    /// Levels of nesting.
    public var depth: Int
    /// Bytes of the document.
    public var size: Int

    public init(depth: Int = 128, size: Int = 64 << 20) {
      self.depth = depth
      self.size = size
    }

    public static let `default` = Limits()
  }

  /// Parses one JSON document (RFC 8259), strictly: no duplicate keys, no trailing bytes, valid UTF-8 only.
  public static func parse(_ bytes: [UInt8], limits: Limits = .default) throws(JSONError) -> JSONValue {
    guard bytes.count <= limits.size else {
      throw JSONError(.limit, "the document has \(bytes.count) bytes; at most \(limits.size) are accepted")
    }
    // The closure's error is carried out by a Result: rethrowing closures lose their error's type here.
    let result = bytes.withUnsafeBufferPointer { buffer -> Result<JSONValue, JSONError> in
      var parser = JSONParser(buffer: buffer, maximumDepth: limits.depth)
      do throws(JSONError) {
        return .success(try parser.parseDocument())
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  public static func parse(_ text: String, limits: Limits = .default) throws(JSONError) -> JSONValue {
    try parse(Array(text.utf8), limits: limits)
  }

  public static func parse(_ bytes: some Collection<UInt8>, limits: Limits = .default) throws(JSONError) -> JSONValue {
    try parse(Array(bytes), limits: limits)
  }
}

/// A recursive-descent parser over the bytes of one document.
struct JSONParser {
  let buffer: UnsafeBufferPointer<UInt8>
  let maximumDepth: Int
  private var offset = 0
  private var depth = 0

  init(buffer: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
    self.buffer = buffer
    self.maximumDepth = maximumDepth
  }

  mutating func parseDocument() throws(JSONError) -> JSONValue {
    skipSpace()
    let value = try parseValue()
    skipSpace()
    guard offset == buffer.count else { throw syntax("unexpected text after the document") }
    return value
  }

  private func syntax(_ message: String) -> JSONError { JSONError(.syntax, message, position: offset) }

  private var current: UInt8? { offset < buffer.count ? buffer[offset] : nil }

  private mutating func skipSpace() {
    while offset < buffer.count {
      switch buffer[offset] {
      case 0x20, 0x0A, 0x0D, 0x09: offset += 1
      default: return
      }
    }
  }

  private mutating func parseValue() throws(JSONError) -> JSONValue {
    guard let byte = current else { throw syntax("unexpected end of JSON input") }
    switch byte {
    case UInt8(ascii: "{"): return try parseObject()
    case UInt8(ascii: "["): return try parseArray()
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"):
      try expect("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try expect("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try expect("null")
      return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
    default:
      throw syntax("invalid character '\(String(UnicodeScalar(byte)))' looking for beginning of value")
    }
  }

  private mutating func expect(_ word: StaticString) throws(JSONError) {
    let length = word.utf8CodeUnitCount
    guard offset + length <= buffer.count else { throw syntax("unexpected end of JSON input") }
    for index in 0..<length where buffer[offset + index] != word.utf8Start[index] {
      throw syntax("invalid literal, expected \(word)")
    }
    offset += length
  }

  private mutating func enter() throws(JSONError) {
    depth += 1
    guard depth <= maximumDepth else {
      throw JSONError(.limit, "the document is nested deeper than \(maximumDepth) levels", position: offset)
    }
  }

  private mutating func parseObject() throws(JSONError) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    offset += 1
    var object = JSONObject()
    skipSpace()
    if current == UInt8(ascii: "}") {
      offset += 1
      return .object(object)
    }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw syntax("expected a string as the key of an object") }
      let key = try parseString()
      guard object[key] == nil else {
        throw JSONError(.duplicateKey, "duplicate key \"\(key)\"", path: key, position: offset)
      }
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw syntax("expected ':' after object key \"\(key)\"") }
      offset += 1
      skipSpace()
      object[key] = try parseValue()
      skipSpace()
      switch current {
      case UInt8(ascii: ","): offset += 1
      case UInt8(ascii: "}"):
        offset += 1
        return .object(object)
      case nil: throw syntax("unexpected end of JSON input")
      default: throw syntax("expected ',' or '}' after an object's member")
      }
    }
  }

  private mutating func parseArray() throws(JSONError) -> JSONValue {
    try enter()
    defer { depth -= 1 }
    offset += 1
    var list: [JSONValue] = []
    skipSpace()
    if current == UInt8(ascii: "]") {
      offset += 1
      return .array(list)
    }
    while true {
      skipSpace()
      list.append(try parseValue())
      skipSpace()
      switch current {
      case UInt8(ascii: ","): offset += 1
      case UInt8(ascii: "]"):
        offset += 1
        return .array(list)
      case nil: throw syntax("unexpected end of JSON input")
      default: throw syntax("expected ',' or ']' after a list's element")
      }
    }
  }

  private mutating func parseNumber() throws(JSONError) -> JSONValue {
    let start = offset
    if current == UInt8(ascii: "-") { offset += 1 }
    guard let first = current, isDigit(first) else { throw syntax("expected a digit") }
    offset += 1
    if first != UInt8(ascii: "0") {
      skipDigits()
    } else if let next = current, isDigit(next) {
      throw syntax("a number cannot begin with 0")
    }
    var isInteger = true
    if current == UInt8(ascii: ".") {
      isInteger = false
      offset += 1
      guard let digit = current, isDigit(digit) else { throw syntax("expected a digit after '.'") }
      skipDigits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isInteger = false
      offset += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
      guard let digit = current, isDigit(digit) else { throw syntax("expected a digit in the exponent") }
      skipDigits()
    }
    let text = String(decoding: buffer[start..<offset], as: UTF8.self)
    if isInteger, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      throw JSONError(.value, "the number \(text) is out of range", position: start)
    }
    return .number(number)
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private mutating func skipDigits() {
    while let byte = current, isDigit(byte) { offset += 1 }
  }

  private mutating func parseString() throws(JSONError) -> String {
    offset += 1
    let start = offset
    while offset < buffer.count {
      let byte = buffer[offset]
      if byte == UInt8(ascii: "\"") {
        let text = try validated(buffer[start..<offset], at: start)
        offset += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try parseEscapedString(from: start) }
      guard byte >= 0x20 else { throw syntax("control character in a string") }
      offset += 1
    }
    throw syntax("unexpected end of JSON input")
  }

  private func validated(_ bytes: some Collection<UInt8>, at position: Int) throws(JSONError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw JSONError(.syntax, "a string is not valid UTF-8", position: position)
    }
    return text
  }

  private mutating func parseEscapedString(from start: Int) throws(JSONError) -> String {
    var bytes = Array(buffer[start..<offset])
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        let text = try validated(bytes, at: start)
        offset += 1
        return text
      case UInt8(ascii: "\\"):
        offset += 1
        try parseEscape(into: &bytes)
      case 0..<0x20:
        throw syntax("control character in a string")
      default:
        bytes.append(byte)
        offset += 1
      }
    }
    throw syntax("unexpected end of JSON input")
  }

  private mutating func parseEscape(into bytes: inout [UInt8]) throws(JSONError) {
    guard let byte = current else { throw syntax("unexpected end of JSON input") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0C)
    case UInt8(ascii: "n"): bytes.append(0x0A)
    case UInt8(ascii: "r"): bytes.append(0x0D)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"):
      bytes.append(contentsOf: UTF8.encode(try parseUnicodeEscape()) ?? UTF8.CodeUnits.replacement)
    default: throw syntax("invalid escape in a string")
    }
  }

  /// Reads the digits of `\uXXXX` and, where they are a leading surrogate, the escape that completes the pair. A lone
  /// surrogate becomes U+FFFD, as in Go's decoder.
  private mutating func parseUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
    let unit = try parseHex()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    let isLeading = unit < 0xDC00
    guard isLeading, offset + 1 < buffer.count, buffer[offset] == UInt8(ascii: "\\"),
      buffer[offset + 1] == UInt8(ascii: "u")
    else { return "\u{FFFD}" }
    let rewind = offset
    offset += 2
    let trail = try parseHex()
    guard (0xDC00...0xDFFF).contains(trail),
      let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (trail - 0xDC00))
    else {
      offset = rewind
      return "\u{FFFD}"
    }
    return scalar
  }

  private mutating func parseHex() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current else { throw syntax("unexpected end of JSON input") }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw syntax("invalid digit in a \\u escape")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}

extension UTF8 {
  enum CodeUnits { static let replacement: EncodedScalar = UTF8.encode("\u{FFFD}") ?? UTF8.encodedReplacementCharacter }
}
