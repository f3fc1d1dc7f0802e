import JSON

/// The type of a setting as a script writes it: `string integer number boolean duration bytes time glob cidr`,
/// `enum{a, b}`, `T[]`, `map<T>`, `record{name: T, …}`.
indirect enum ConfigurationType: Sendable, Hashable {
  case string, integer, number, boolean
  /// Written "15m"; a number of seconds for the script.
  case duration
  /// Written "64MiB"; a number of bytes for the script.
  case bytes
  /// RFC 3339; seconds since 1970 for the script.
  case time
  case glob, cidr
  case choice([String])
  case list(ConfigurationType)
  case map(ConfigurationType)
  case record([String: ConfigurationType])

  private static let plain: [String: ConfigurationType] = [
    "string": .string, "integer": .integer, "number": .number, "boolean": .boolean, "duration": .duration,
    "bytes": .bytes, "time": .time, "glob": .glob, "cidr": .cidr,
  ]

  init(_ text: String, _ place: String) throws(ScriptError) {
    let text = text.trimmed
    if text.hasSuffix("[]") {
      self = .list(try ConfigurationType(String(text.dropLast(2)), place))
    } else if text.hasPrefix("map<"), text.hasSuffix(">") {
      self = .map(try ConfigurationType(String(text.dropFirst(4).dropLast()), place))
    } else if text.hasPrefix("enum{"), text.hasSuffix("}") {
      let names = text.dropFirst(5).dropLast().split(separator: ",").map { String($0).trimmed }
      guard !names.isEmpty else { throw ScriptError("\(place): an enum needs names, such as enum{a, b}") }
      self = .choice(names)
    } else if text.hasPrefix("record{"), text.hasSuffix("}") {
      var fields: [String: ConfigurationType] = [:]
      for field in Self.fields(text.dropFirst(7).dropLast()) {
        let parts = field.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { throw ScriptError("\(place): '\(field)' is no field such as name: string") }
        fields[String(parts[0]).trimmed] = try ConfigurationType(String(parts[1]), place)
      }
      self = .record(fields)
    } else if let plain = Self.plain[text] {
      self = plain
    } else {
      throw ScriptError("\(place): there is no type '\(text)'\(Suggestion.text(for: text, among: Self.plain.keys))")
    }
  }

  /// Splits at commas outside of brackets.
  private static func fields(_ text: Substring) -> [Substring] {
    var depth = 0
    var fields: [Substring] = []
    var start = text.startIndex
    for index in text.indices {
      switch text[index] {
      case "{", "<": depth += 1
      case "}", ">": depth -= 1
      case "," where depth == 0:
        fields.append(text[start..<index])
        start = text.index(after: index)
      default: break
      }
    }
    if !String(text[start...]).trimmed.isEmpty { fields.append(text[start...]) }
    return fields
  }

  var name: String {
    switch self {
    case .string: "a string"
    case .integer: "an integer"
    case .number: "a number"
    case .boolean: "true or false"
    case .duration: "a duration such as 15m"
    case .bytes: "a size such as 64MiB"
    case .time: "a time such as 2027-01-02T03:04:05Z"
    case .glob: "a pattern such as /srv/*"
    case .cidr: "a network such as 10.0.0.0/8"
    case .choice(let names): "one of \(names.joined(separator: ", "))"
    case .list: "a list"
    case .map, .record: "an object"
    }
  }

  /// As scripts read it.
  var schema: FieldSchema {
    switch self {
    case .string, .glob, .cidr, .choice: .string
    case .integer, .bytes: .integer
    case .number, .duration, .time: .number
    case .boolean: .boolean
    case .list(let element): .list(element.schema)
    case .map(let element): .map(element.schema)
    case .record(let fields): .record(fields.mapValues(\.schema))
    }
  }

  /// The value as the script gets it.
  /// - Parameter isText: whether text stands for every kind, as in `--opt KEY=VALUE`.
  func accept(_ value: JSONValue, _ place: String, isText: Bool = false) throws(ScriptError) -> JSONValue {
    if isText, case .string(let text) = value, let value = fromText(text) {
      return try accept(value, place)
    }
    switch (self, value) {
    case (.string, .string), (.integer, .integer), (.boolean, .bool), (.glob, .string): return value
    case (.number, .integer), (.number, .number): return value
    case (.integer, .number(let number)):
      if let integer = Int64(exactly: number) { return .integer(integer) }
    case (.duration, .string(let text)):
      if let seconds = Units.seconds(text) { return Int64(exactly: seconds).map { .integer($0) } ?? .number(seconds) }
    case (.duration, .integer), (.duration, .number), (.bytes, .integer), (.time, .integer), (.time, .number):
      return value
    case (.bytes, .string(let text)):
      if let size = Units.size(text) { return .integer(size) }
    case (.time, .string(let text)):
      if let seconds = Timestamp.parse(text) { return .number(seconds) }
    case (.cidr, .string(let text)):
      if CIDR(text) != nil { return value }
    case (.choice(let names), .string(let name)):
      if names.contains(name) { return value }
      throw ScriptError(
        "\(place): '\(name)' is none of \(names.joined(separator: ", "))\(Suggestion.text(for: name, among: names))")
    case (.list(let element), .array(let list)):
      var accepted: [JSONValue] = []
      for (offset, value) in list.enumerated() { accepted.append(try element.accept(value, "\(place)[\(offset + 1)]")) }
      return .array(accepted)
    case (.list, .object(let members)) where members.isEmpty: return .array([])
    case (.map, .array(let list)) where list.isEmpty: return .object([:])
    case (.map(let element), .object(let members)):
      var accepted = JSONObject()
      for (key, value) in members { accepted[key] = try element.accept(value, "\(place).\(key)") }
      return .object(accepted)
    case (.record(let fields), .object(let members)):
      var accepted = JSONObject()
      for (key, value) in members {
        guard let field = fields[key] else {
          throw ScriptError("\(place): unknown field '\(key)'\(Suggestion.text(for: key, among: fields.keys))")
        }
        accepted[key] = try field.accept(value, "\(place).\(key)")
      }
      return .object(accepted)
    default: break
    }
    let shown = if case .string(let text) = value { "'\(text)'" } else { value.kind }
    throw ScriptError("\(place): expected \(name), got \(shown)")
  }

  private func fromText(_ text: String) -> JSONValue? {
    switch self {
    case .integer: return Int64(text).map { .integer($0) }
    case .number: return Double(text).map { .number($0) }
    case .boolean:
      switch text.lowercased() {
      case "true", "1", "yes", "on": return true
      case "false", "0", "no", "off": return false
      default: return nil
      }
    case .list(let element):
      let parts = text.isEmpty ? [] : text.split(separator: ",").map { String($0).trimmed }
      return .array(parts.map { element.fromText($0) ?? .string($0) })
    default: return nil
    }
  }
}

extension String {
  /// Without spaces at the ends.
  var trimmed: String {
    var rest = Substring(self)
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
