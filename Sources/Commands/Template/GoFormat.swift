internal import JSON

/// Values as Go's `fmt` prints them with `%v`.
enum GoFormat {
  static func text(_ value: JSONValue) -> String {
    if case .null = value { return "<no value>" }
    return nested(value)
  }

  private static func nested(_ value: JSONValue) -> String {
    switch value {
    case .null: "<nil>"
    case .bool(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): number(value)
    case .string(let value): value
    case .bytes(let value): "[" + value.map(String.init).joined(separator: " ") + "]"
    case .array(let list): "[" + list.map(nested).joined(separator: " ") + "]"
    case .object(let object):
      "map[" + object.sorted { $0.key < $1.key }.map { "\($0.key):\(nested($0.value))" }.joined(separator: " ") + "]"
    }
  }

  /// `%v` of a float64: the shortest digits, with an exponent beyond 21 places.
  private static func number(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Go's `fmt.Sprint`: a space between two operands when neither is a string.
  static func print(_ values: [JSONValue]) -> String {
    var result = ""
    var wasString = true
    for (index, value) in values.enumerated() {
      let isString = value.stringValue != nil
      if index > 0, !isString, !wasString { result += " " }
      result += text(value)
      wasString = isString
    }
    return result
  }

  /// `%s %v %d %q %t %x %%` with width and `-`; what else stands there comes through as Go would complain.
  static func printf(_ format: String, _ arguments: [JSONValue]) -> String {
    var result = ""
    var arguments = arguments[...]
    var rest = format[...]
    while let character = rest.popFirst() {
      guard character == "%" else {
        result.append(character)
        continue
      }
      let flags = rest.prefix { "-+# 0".contains($0) }
      rest = rest[flags.endIndex...]
      let width = rest.prefix(while: \.isNumber)
      rest = rest[width.endIndex...]
      var precision: Int?
      if rest.first == "." {
        let digits = rest.dropFirst().prefix(while: \.isNumber)
        precision = Int(digits) ?? 0
        rest = rest[digits.endIndex...]
      }
      guard let verb = rest.popFirst() else { return result + "%!(NOVERB)" }
      if verb == "%" {
        result += "%"
        continue
      }
      guard let value = arguments.popFirst() else {
        result += "%!\(verb)(MISSING)"
        continue
      }
      var text = verb == "q" ? JSON.text(.string(nested(value))) : verb == "x" ? hexadecimal(value) : nested(value)
      if let precision, value.stringValue != nil { text = String(text.prefix(precision)) }
      let padding = max(0, min(Int(width) ?? 0, 4096) - text.count)
      let isZeroed = flags.contains("0") && !flags.contains("-") && value.integerValue != nil
      let fill = String(repeating: isZeroed ? "0" : " ", count: padding)
      result += flags.contains("-") ? text + fill : fill + text
    }
    return result
  }

  private static func hexadecimal(_ value: JSONValue) -> String {
    if let number = value.integerValue { return String(number, radix: 16) }
    return nested(value).utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
