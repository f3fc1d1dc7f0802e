/// JSON without Foundation: a strict parser, a writer, and Codable on top of both.
public enum JSON {}

extension JSON {
  /// Writes a value as JSON text in UTF-8.
  ///
  /// - Parameters:
  ///   - pretty: indents by four spaces, as `docker inspect` prints.
  ///   - sortedKeys: orders members by key, for canonical forms and golden files.
  ///   - escapeHTML: writes `<`, `>` and `&` as `\u003c` …, as Go's encoder does.
  public static func write(
    _ value: JSONValue, pretty: Bool = false, sortedKeys: Bool = false, escapeHTML: Bool = false
  ) -> [UInt8] {
    var writer = JSONWriter(pretty: pretty, sortedKeys: sortedKeys, escapeHTML: escapeHTML)
    writer.write(value, level: 0)
    return writer.output
  }

  /// The value as text.
  public static func text(_ value: JSONValue, pretty: Bool = false, sortedKeys: Bool = false) -> String {
    String(decoding: write(value, pretty: pretty, sortedKeys: sortedKeys), as: UTF8.self)
  }
}

struct JSONWriter {
  let pretty: Bool
  let sortedKeys: Bool
  let escapeHTML: Bool
  var output: [UInt8] = []

  init(pretty: Bool, sortedKeys: Bool, escapeHTML: Bool) {
    self.pretty = pretty
    self.sortedKeys = sortedKeys
    self.escapeHTML = escapeHTML
    output.reserveCapacity(512)
  }

  mutating func write(_ value: JSONValue, level: Int) {
    switch value {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): output.append(contentsOf: String(value).utf8)
    case .number(let value): write(number: value)
    case .string(let value): write(string: value)
    case .bytes(let value):
      output.append(UInt8(ascii: "\""))
      output.append(contentsOf: Base64.encode(value))
      output.append(UInt8(ascii: "\""))
    case .array(let list): write(list, level: level)
    case .object(let object): write(object, level: level)
    }
  }

  private mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { output.append(contentsOf: $0) }
  }

  private mutating func write(number: Double) {
    // JSON has no infinity and no NaN; a value that cannot be written is null, as in JavaScript.
    guard number.isFinite else { return append("null") }
    if let integer = Int64(exactly: number), abs(number) < 1e15 {
      output.append(contentsOf: String(integer).utf8)
    } else {
      output.append(contentsOf: number.description.utf8)
    }
  }

  private mutating func newLine(_ level: Int) {
    guard pretty else { return }
    output.append(0x0A)
    for _ in 0..<(level * 4) { output.append(0x20) }
  }

  private mutating func write(_ list: [JSONValue], level: Int) {
    guard !list.isEmpty else { return append("[]") }
    output.append(UInt8(ascii: "["))
    for (index, element) in list.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      newLine(level + 1)
      write(element, level: level + 1)
    }
    newLine(level)
    output.append(UInt8(ascii: "]"))
  }

  private mutating func write(_ object: JSONObject, level: Int) {
    guard !object.isEmpty else { return append("{}") }
    output.append(UInt8(ascii: "{"))
    var first = true
    let members = sortedKeys ? object.sorted { $0.key < $1.key } : Array(object)
    for (key, value) in members {
      if !first { output.append(UInt8(ascii: ",")) }
      first = false
      newLine(level + 1)
      write(string: key)
      output.append(UInt8(ascii: ":"))
      if pretty { output.append(0x20) }
      write(value, level: level + 1)
    }
    newLine(level)
    output.append(UInt8(ascii: "}"))
  }

  private mutating func write(string: String) {
    output.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { bytes in
      var clean = 0
      for index in bytes.indices {
        guard let escape = escape(for: bytes[index]) else { continue }
        output.append(contentsOf: bytes[clean..<index])
        output.append(contentsOf: escape.utf8)
        clean = index + 1
      }
      output.append(contentsOf: bytes[clean...])
    }
    output.append(UInt8(ascii: "\""))
  }

  private func escape(for byte: UInt8) -> String? {
    switch byte {
    case UInt8(ascii: "\""): return "\\\""
    case UInt8(ascii: "\\"): return "\\\\"
    case 0x0A: return "\\n"
    case 0x0D: return "\\r"
    case 0x09: return "\\t"
    case 0..<0x20:
      let hex = String(byte, radix: 16)
      return "\\u00" + (hex.utf8.count == 1 ? "0" + hex : hex)
    case UInt8(ascii: "<") where escapeHTML: return "\\u003c"
    case UInt8(ascii: ">") where escapeHTML: return "\\u003e"
    case UInt8(ascii: "&") where escapeHTML: return "\\u0026"
    default: return nil
    }
  }
}
