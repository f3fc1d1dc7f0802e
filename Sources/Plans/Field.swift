public import JSON

/// `engine.ref("id.field")`: a value that an earlier step will have chosen, such as an interface's name or a port.
/// In JSON `{ "ref": "id.field" }`.
public struct Reference: Sendable, Hashable, CustomStringConvertible {
  /// The `id` of the step.
  public let step: String
  /// The field of that step's result.
  public let field: String

  /// Nil unless the text is `id.field`.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    step = String(parts[0])
    field = String(parts[1])
  }

  public var description: String { "\(step).\(field)" }
  public var json: JSONValue { ["ref": .string(description)] }

  /// The reference that a JSON value stands for; nil where it is none.
  static func read(_ value: JSONValue) -> Reference? {
    guard case .object(let object) = value, object.count == 1, let text = object["ref"]?.stringValue else { return nil }
    return Reference(text)
  }
}

/// A field that is known when the plan is written, or names what an earlier step will have chosen.
public enum Field<Value: Sendable & Hashable>: Sendable, Hashable {
  case value(Value)
  case reference(Reference)

  /// The value; an error where the reference was not resolved yet (`Step.resolving`).
  public func get() throws(PlanError) -> Value {
    switch self {
    case .value(let value): return value
    case .reference(let reference):
      throw PlanError("ref(\"\(reference)\") is not known yet", path: "")
    }
  }
}

extension Field: ExpressibleByUnicodeScalarLiteral where Value == String {
  public init(unicodeScalarLiteral value: String) { self = .value(value) }
}
extension Field: ExpressibleByExtendedGraphemeClusterLiteral where Value == String {
  public init(extendedGraphemeClusterLiteral value: String) { self = .value(value) }
}
extension Field: ExpressibleByStringLiteral where Value == String {
  public init(stringLiteral value: String) { self = .value(value) }
}
extension Field: ExpressibleByIntegerLiteral where Value == Int {
  public init(integerLiteral value: Int) { self = .value(value) }
}

extension Field<String> {
  var json: JSONValue {
    switch self {
    case .value(let text): .string(text)
    case .reference(let reference): reference.json
    }
  }
  /// For messages: the text, or `ref(id.field)`.
  public var shown: String {
    switch self {
    case .value(let text): text
    case .reference(let reference): "ref(\(reference))"
    }
  }
}

extension Field<Int> {
  var json: JSONValue {
    switch self {
    case .value(let number): .integer(Int64(number))
    case .reference(let reference): reference.json
    }
  }
}
