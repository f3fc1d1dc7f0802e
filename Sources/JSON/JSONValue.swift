/// A JSON value as it stands in a document (RFC 8259); integers are kept exact.
///
/// `bytes` exists for CBOR (RFC 8949 major type 2); in JSON text it is written as base64 and comes back as a string.
public enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case bytes([UInt8])
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue {
  public var isNull: Bool {
    if case .null = self { true } else { false }
  }
  public var boolValue: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }
  public var integerValue: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }
  /// The value as floating point; an integer converts.
  public var numberValue: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }
  public var stringValue: String? {
    if case .string(let value) = self { value } else { nil }
  }
  public var arrayValue: [JSONValue]? {
    if case .array(let value) = self { value } else { nil }
  }
  public var objectValue: JSONObject? {
    if case .object(let value) = self { value } else { nil }
  }

  /// The kind in words, for error messages: "a string", "an object".
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .bytes: "bytes"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// The member of an object; nil where the value is no object or has no such key. Assigning to a value that is no
  /// object makes it one.
  public subscript(key: String) -> JSONValue? {
    get {
      if case .object(let object) = self { object[key] } else { nil }
    }
    set {
      var object = objectValue ?? JSONObject()
      self = .null
      object[key] = newValue
      self = .object(object)
    }
  }

  /// The element of a list; nil where the value is no list or is shorter.
  public subscript(index: Int) -> JSONValue? {
    if case .array(let list) = self, list.indices.contains(index) { list[index] } else { nil }
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
}

extension JSONValue: CustomStringConvertible {
  public var description: String { String(decoding: JSON.write(self), as: UTF8.self) }
}
