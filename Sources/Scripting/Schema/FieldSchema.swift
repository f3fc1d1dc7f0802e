public import JSON

/// The kinds of an event's fields: what a script may read by name and assign. Derived from the type that the engine
/// decodes (`FieldSchema(of: ContainerConfig.self)`), so that scripts and engine cannot disagree.
public indirect enum FieldSchema: Sendable, Hashable {
  /// Whatever JSON can say.
  case any
  case boolean, integer, number, string
  /// One of these strings.
  case choice([String])
  /// Never nil for a script: an absent list is an empty one.
  case list(FieldSchema)
  /// Never nil for a script.
  case map(FieldSchema)
  /// Known fields; reading or assigning another raises with the nearest name.
  case record([String: FieldSchema])
  /// A record that may be absent; a script reads nil then.
  case optional(FieldSchema)

  /// "a list of strings", for error messages.
  public var kind: String {
    switch self {
    case .any: "any value"
    case .boolean: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .choice(let names): "one of " + names.map { "'\($0)'" }.joined(separator: ", ")
    case .list(let element): "a list of " + element.plural
    case .map(let element): "a map of " + element.plural
    case .record: "a table"
    case .optional(let schema): schema.kind
    }
  }

  private var plural: String {
    switch self {
    case .any: "values"
    case .boolean: "booleans"
    case .integer: "integers"
    case .number: "numbers"
    case .string, .choice: "strings"
    case .list: "lists"
    case .map, .record: "tables"
    case .optional(let schema): schema.plural
    }
  }

  /// Without what says only that a value may be absent.
  public var unwrapped: FieldSchema {
    if case .optional(let schema) = self { schema.unwrapped } else { self }
  }

  /// The value as this kind; throws the message for the script when it is of another.
  /// - Parameter path: of the field, for the message.
  public func accept(_ value: JSONValue, at path: String) throws(SchemaError) -> JSONValue {
    switch (self, value) {
    case (_, .null), (.any, _), (.boolean, .bool), (.integer, .integer), (.string, .string): return value
    case (.number, .integer), (.number, .number): return value
    case (.integer, .number(let number)):
      guard let integer = Int64(exactly: number) else { throw SchemaError(path, expected: self, got: value) }
      return .integer(integer)
    case (.choice(let names), .string(let name)):
      if names.contains(name) { return value }
      throw SchemaError("\(path): '\(name)' is not \(kind)\(Suggestion.text(for: name, among: names))")
    case (.list(let element), .array(let list)):
      var accepted: [JSONValue] = []
      accepted.reserveCapacity(list.count)
      for (offset, value) in list.enumerated() {
        if value.isNull { throw SchemaError("\(path)[\(offset + 1)]: expected \(element.kind), got nil") }
        accepted.append(try element.accept(value, at: "\(path)[\(offset + 1)]"))
      }
      return .array(accepted)
    case (.list, .object(let members)) where members.isEmpty: return .array([])
    case (.map, .array(let list)) where list.isEmpty: return .object([:])
    case (.record, .array(let list)) where list.isEmpty: return .object([:])
    case (.map(let element), .object(let members)):
      var accepted = JSONObject()
      for (key, value) in members { accepted[key] = try element.accept(value, at: "\(path).\(key)") }
      return .object(accepted)
    case (.record(let fields), .object(let members)):
      var accepted = JSONObject()
      for (key, value) in members {
        guard let field = fields[key] else { throw SchemaError(unknown: key, at: path, among: fields.keys) }
        accepted[key] = try field.accept(value, at: "\(path).\(key)")
      }
      return .object(accepted)
    case (.optional(let schema), _): return try schema.accept(value, at: path)
    default: throw SchemaError(path, expected: self, got: value)
    }
  }

  /// The schema at a path; nil where nothing is known by that name.
  public subscript(path: some Sequence<String>) -> FieldSchema? {
    var current = self
    for name in path {
      switch current.unwrapped {
      case .any: return .any
      case .map(let element), .list(let element): current = element
      case .record(let fields):
        guard let field = fields[name] else { return nil }
        current = field
      default: return nil
      }
    }
    return current
  }

  /// A record with the fields of both; those of `other` win unless they say nothing (`.any`).
  public func merging(_ other: FieldSchema) -> FieldSchema {
    guard case .record(let left) = self, case .record(let right) = other else { return other == .any ? self : other }
    return .record(left.merging(right) { $1 == .any ? $0 : $1 })
  }
}

/// Why a value does not fit, as the script is told.
public struct SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
  public var message: String
  public var description: String { message }

  public init(_ message: String) { self.message = message }

  init(_ path: String, expected: FieldSchema, got value: JSONValue) {
    message = "\(path): expected \(expected.kind), got \(value.kind)"
  }

  init(unknown key: String, at path: String, among known: some Collection<String>) {
    let place = path.isEmpty ? "the event" : path
    message = "\(place) has no field '\(key)'\(Suggestion.text(for: key, among: known))"
  }
}
