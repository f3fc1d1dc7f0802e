extension JSON {
  /// Decodes a document into a type.
  ///
  /// As in Docker's API (Go's decoder): null stands for *absent* where the type allows it, and unknown keys are ignored
  /// because newer clients send them. Unlike there, a key that differs from a declared one in case only is refused,
  /// so that what a hook saw is what runs.
  public static func decode<T: Decodable>(
    _ type: T.Type, from bytes: [UInt8], limits: Limits = .default
  ) throws(JSONError) -> T {
    try decode(type, from: parse(bytes, limits: limits))
  }

  public static func decode<T: Decodable>(_ type: T.Type, from value: JSONValue) throws(JSONError) -> T {
    do {
      return try JSONValueDecoder(value: value, codingPath: []).unbox(type)
    } catch let error as JSONError {
      throw error
    } catch let error as DecodingError {
      throw JSONError(decodingError: error)
    } catch {
      throw JSONError(.value, "\(error)")
    }
  }
}

extension JSONError {
  fileprivate init(decodingError: DecodingError) {
    switch decodingError {
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      self.init(.type, context.debugDescription, path: JSONPath.text(context.codingPath))
    case .keyNotFound(let key, let context):
      self.init(.missing, "is required", path: JSONPath.text(context.codingPath + [key]))
    case .dataCorrupted(let context):
      self.init(.value, context.debugDescription, path: JSONPath.text(context.codingPath))
    @unknown default:
      self.init(.value, "\(decodingError)")
    }
  }
}

enum JSONPath {
  /// `HostConfig.PortBindings["80/tcp"][0]`.
  static func text(_ path: [any CodingKey]) -> String {
    path.reduce(into: "") { text, key in
      if let index = key.intValue {
        text += "[\(index)]"
      } else if key.stringValue.utf8.allSatisfy({ isPlain($0) }) {
        text += (text.isEmpty ? "" : ".") + key.stringValue
      } else {
        text += "[\"\(key.stringValue)\"]"
      }
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

struct JSONIndexKey: CodingKey {
  let index: Int
  init(_ index: Int) { self.index = index }
  init?(intValue: Int) { index = intValue }
  init?(stringValue: String) { nil }
  var intValue: Int? { index }
  var stringValue: String { "\(index)" }
}

struct JSONStringKey: CodingKey {
  let stringValue: String
  init(_ text: String) { stringValue = text }
  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
  var intValue: Int? { nil }
}

/// Reads Decodable types out of a value that is already parsed.
struct JSONValueDecoder: Decoder {
  let value: JSONValue
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let object) = value else { throw mismatch("an object") }
    return KeyedDecodingContainer(JSONKeyedDecoding<Key>(object: object, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .array(let list) = value else { throw mismatch("a list") }
    return JSONListDecoding(list: list, codingPath: codingPath)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

  func mismatch(_ expected: String) -> JSONError {
    JSONError(.type, "expected \(expected), got \(value.kind)", path: JSONPath.text(codingPath))
  }

  func unbox<T: Decodable>(_ type: T.Type) throws -> T {
    if type == JSONValue.self, let value = value as? T { return value }
    return try T(from: self)
  }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
  func decodeNil() -> Bool { value.isNull }

  func decode(_ type: Bool.Type) throws -> Bool {
    guard case .bool(let flag) = value else { throw mismatch("a boolean") }
    return flag
  }

  func decode(_ type: String.Type) throws -> String {
    guard case .string(let text) = value else { throw mismatch("a string") }
    return text
  }

  func decode(_ type: Double.Type) throws -> Double {
    guard let number = value.numberValue else { throw mismatch("a number") }
    return number
  }

  func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

  private func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
    guard case .integer(let wide) = value else { throw mismatch("an integer") }
    guard let narrow = T(exactly: wide) else {
      throw JSONError(.value, "\(wide) is out of range", path: JSONPath.text(codingPath))
    }
    return narrow
  }

  func decode(_ type: Int.Type) throws -> Int { try integer(type) }
  func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
  func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
  func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
  func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
  func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
  func decode(_ type: UInt64.Type) throws -> UInt64 {
    // 2^63 and above do not fit the exact integer and arrive as floating point; seccomp masks and limits use them.
    if case .number(let number) = value, let exact = UInt64(exactly: number) { return exact }
    if case .number(let number) = value, number == 0x1p64 { return .max }
    return try integer(type)
  }
  func decode<T: Decodable>(_ type: T.Type) throws -> T { try unbox(type) }
}

private struct JSONKeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let object: JSONObject
  let codingPath: [any CodingKey]
  /// The keys that the type does not declare, folded to lower case.
  private let undeclared: [String: String]

  init(object: JSONObject, codingPath: [any CodingKey]) {
    self.object = object
    self.codingPath = codingPath
    var undeclared: [String: String] = [:]
    for (key, _) in object where Key(stringValue: key) == nil { undeclared[key.lowercased()] = key }
    self.undeclared = undeclared
  }

  var allKeys: [Key] { object.keys.compactMap(Key.init(stringValue:)) }

  /// Also true where only a case variant is there, so that reading the key comes to `member` and is refused.
  func contains(_ key: Key) -> Bool {
    object[key.stringValue] != nil || (!undeclared.isEmpty && undeclared[key.stringValue.lowercased()] != nil)
  }

  private func member(_ key: Key) throws -> JSONValue? {
    if !undeclared.isEmpty, let variant = undeclared[key.stringValue.lowercased()] {
      throw JSONError(
        .duplicateKey, "the key must be written \"\(key.stringValue)\"",
        path: JSONPath.text(codingPath + [JSONStringKey(variant)]))
    }
    return object[key.stringValue]
  }

  private func decoder(_ key: Key) throws -> JSONValueDecoder {
    guard let value = try member(key) else {
      throw JSONError(.missing, "is required", path: JSONPath.text(codingPath + [key]))
    }
    return JSONValueDecoder(value: value, codingPath: codingPath + [key])
  }

  func decodeNil(forKey key: Key) throws -> Bool { try member(key)?.isNull ?? true }
  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder(key).unbox(type) }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try decoder(key).decode(type) }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try decoder(key).decode(type) }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try decoder(key).decode(type) }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try decoder(key).decode(type) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try decoder(key).decode(type) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try decoder(key).decode(type) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try decoder(key).decode(type) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try decoder(key).decode(type) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try decoder(key).decode(type) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try decoder(key).decode(type) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try decoder(key).decode(type) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try decoder(key).decode(type) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try decoder(key).decode(type) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try decoder(key).decode(type) }

  func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
    guard let value = try member(key), !value.isNull else { return nil }
    return try JSONValueDecoder(value: value, codingPath: codingPath + [key]).unbox(type)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try decoder(key).container(keyedBy: type)
  }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(key).unkeyedContainer()
  }
  func superDecoder() throws -> any Decoder { JSONValueDecoder(value: .object(object), codingPath: codingPath) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }
}

private struct JSONListDecoding: UnkeyedDecodingContainer {
  let list: [JSONValue]
  let codingPath: [any CodingKey]
  var currentIndex = 0

  init(list: [JSONValue], codingPath: [any CodingKey]) {
    self.list = list
    self.codingPath = codingPath
  }

  var count: Int? { list.count }
  var isAtEnd: Bool { currentIndex >= list.count }

  private mutating func next() throws -> JSONValueDecoder {
    let path = codingPath + [JSONIndexKey(currentIndex)]
    guard currentIndex < list.count else {
      throw JSONError(.missing, "the list ends too early", path: JSONPath.text(path))
    }
    defer { currentIndex += 1 }
    return JSONValueDecoder(value: list[currentIndex], codingPath: path)
  }

  mutating func decodeNil() throws -> Bool {
    guard currentIndex < list.count, list[currentIndex].isNull else { return false }
    currentIndex += 1
    return true
  }
  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().unbox(type) }
  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    try next().container(keyedBy: type)
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
  mutating func superDecoder() throws -> any Decoder { try next() }
}

extension JSONValue: Decodable {
  /// Reads a value of any shape; other decoders than ours see it through its parts.
  public init(from decoder: any Decoder) throws {
    if let decoder = decoder as? JSONValueDecoder {
      self = decoder.value
      return
    }
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let flag = try? container.decode(Bool.self) {
      self = .bool(flag)
    } else if let integer = try? container.decode(Int64.self) {
      self = .integer(integer)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let list = try? container.decode([JSONValue].self) {
      self = .array(list)
    } else {
      let members = try container.decode([String: JSONValue].self)
      self = .object(JSONObject(members.map { (key: $0.key, value: $0.value) }))
    }
  }
}

extension JSONObject: Codable {
  public init(from decoder: any Decoder) throws {
    let value = try JSONValue(from: decoder)
    guard let object = value.objectValue else {
      throw JSONError(.type, "expected an object, got \(value.kind)", path: JSONPath.text(decoder.codingPath))
    }
    self = object
  }

  public func encode(to encoder: any Encoder) throws { try JSONValue.object(self).encode(to: encoder) }
}
