extension JSON {
  /// Encodes a value of any Encodable type as JSON text.
  public static func encode(_ value: some Encodable, escapeHTML: Bool = false) throws(JSONError) -> [UInt8] {
    write(try self.value(of: value), escapeHTML: escapeHTML)
  }

  /// The tree that a value encodes to.
  public static func value(of value: some Encodable) throws(JSONError) -> JSONValue {
    do {
      return try JSONEncoding.box(value, codingPath: [])
    } catch let error as JSONError {
      throw error
    } catch {
      throw JSONError(.value, "\(error)")
    }
  }
}

/// Builds a tree of values; one instance stands for one node under construction.
private final class JSONEncoding: Encoder {
  enum Node {
    case empty
    case value(JSONValue)
    case object([(key: String, node: JSONEncoding)])
    case list([JSONEncoding])
  }

  var node: Node = .empty
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  init(codingPath: [any CodingKey]) { self.codingPath = codingPath }

  static func box(_ value: some Encodable, codingPath: [any CodingKey]) throws -> JSONValue {
    switch value {
    case let value as JSONValue: return value
    case let value as JSONObject: return .object(value)
    case let value as Bytes: return .bytes(value.bytes)
    case let value as String: return .string(value)
    case let value as [String]: return .array(value.map { .string($0) })
    case let value as any StringKeyed: return .object(try value.sortedMembers(codingPath: codingPath))
    default:
      let encoder = JSONEncoding(codingPath: codingPath)
      try value.encode(to: encoder)
      return encoder.tree
    }
  }

  var tree: JSONValue {
    switch node {
    case .empty: .object(JSONObject())
    case .value(let value): value
    case .object(let members): .object(JSONObject(members.map { (key: $0.key, value: $0.node.tree) }))
    case .list(let elements): .array(elements.map(\.tree))
    }
  }

  func add(_ key: String, _ child: JSONEncoding) {
    guard case .object(var members) = node else {
      node = .object([(key, child)])
      return
    }
    node = .empty
    members.append((key, child))
    node = .object(members)
  }

  func append(_ child: JSONEncoding) {
    guard case .list(var elements) = node else {
      node = .list([child])
      return
    }
    node = .empty
    elements.append(child)
    node = .list(elements)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .empty = node { node = .object([]) }
    return KeyedEncodingContainer(Keyed<Key>(encoder: self))
  }
  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .empty = node { node = .list([]) }
    return List(encoder: self)
  }
  func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

  struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: JSONEncoding
    var codingPath: [any CodingKey] { encoder.codingPath }

    private func child(_ key: any CodingKey) -> JSONEncoding {
      let child = JSONEncoding(codingPath: codingPath + [key])
      encoder.add(key.stringValue, child)
      return child
    }
    private func set(_ value: JSONValue, _ key: Key) {
      let child = JSONEncoding(codingPath: [])
      child.node = .value(value)
      encoder.add(key.stringValue, child)
    }
    mutating func encodeNil(forKey key: Key) throws { set(.null, key) }
    mutating func encode(_ value: Bool, forKey key: Key) throws { set(.bool(value), key) }
    mutating func encode(_ value: String, forKey key: Key) throws { set(.string(value), key) }
    mutating func encode(_ value: Double, forKey key: Key) throws { set(.number(value), key) }
    mutating func encode(_ value: Int, forKey key: Key) throws { set(.integer(Int64(value)), key) }
    mutating func encode(_ value: Int64, forKey key: Key) throws { set(.integer(value), key) }
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
      set(try JSONEncoding.box(value, codingPath: codingPath + [key]), key)
    }
    mutating func nestedContainer<NestedKey: CodingKey>(
      keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
      child(key).container(keyedBy: keyType)
    }
    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      child(key).unkeyedContainer()
    }
    mutating func superEncoder() -> any Encoder { encoder }
    mutating func superEncoder(forKey key: Key) -> any Encoder { child(key) }
  }

  struct List: UnkeyedEncodingContainer {
    let encoder: JSONEncoding
    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int {
      if case .list(let elements) = encoder.node { elements.count } else { 0 }
    }
    private func child() -> JSONEncoding {
      let child = JSONEncoding(codingPath: codingPath + [JSONIndexKey(count)])
      encoder.append(child)
      return child
    }
    mutating func encodeNil() throws { child().node = .value(.null) }
    mutating func encode<T: Encodable>(_ value: T) throws {
      child().node = .value(try JSONEncoding.box(value, codingPath: codingPath + [JSONIndexKey(count)]))
    }
    mutating func nestedContainer<NestedKey: CodingKey>(
      keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
      child().container(keyedBy: keyType)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { child().unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { encoder }
  }

  struct Single: SingleValueEncodingContainer {
    let encoder: JSONEncoding
    var codingPath: [any CodingKey] { encoder.codingPath }

    private func integer(_ value: some FixedWidthInteger) {
      // An unsigned value above 2^63 has no exact form here; it is written as the nearest floating-point number.
      encoder.node = .value(Int64(exactly: value).map { .integer($0) } ?? .number(Double(value)))
    }
    mutating func encodeNil() throws { encoder.node = .value(.null) }
    mutating func encode(_ value: Bool) throws { encoder.node = .value(.bool(value)) }
    mutating func encode(_ value: String) throws { encoder.node = .value(.string(value)) }
    mutating func encode(_ value: Double) throws { encoder.node = .value(.number(value)) }
    mutating func encode(_ value: Float) throws { encoder.node = .value(.number(Double(value))) }
    mutating func encode(_ value: Int) throws { integer(value) }
    mutating func encode(_ value: Int8) throws { integer(value) }
    mutating func encode(_ value: Int16) throws { integer(value) }
    mutating func encode(_ value: Int32) throws { integer(value) }
    mutating func encode(_ value: Int64) throws { integer(value) }
    mutating func encode(_ value: UInt) throws { integer(value) }
    mutating func encode(_ value: UInt8) throws { integer(value) }
    mutating func encode(_ value: UInt16) throws { integer(value) }
    mutating func encode(_ value: UInt32) throws { integer(value) }
    mutating func encode(_ value: UInt64) throws { integer(value) }
    mutating func encode<T: Encodable>(_ value: T) throws {
      encoder.node = .value(try JSONEncoding.box(value, codingPath: codingPath))
    }
  }
}

/// A dictionary: its members are written in the order of their keys, so that the same value is the same text.
private protocol StringKeyed {
  func sortedMembers(codingPath: [any CodingKey]) throws -> JSONObject
}

extension Dictionary: StringKeyed where Key == String, Value: Encodable {
  fileprivate func sortedMembers(codingPath: [any CodingKey]) throws -> JSONObject {
    var object = JSONObject()
    for key in keys.sorted() {
      guard let value = self[key] else { continue }
      object[key] = try JSONEncoding.box(value, codingPath: codingPath + [JSONStringKey(key)])
    }
    return object
  }
}

extension JSONValue: Encodable {
  public func encode(to encoder: any Encoder) throws {
    if let encoder = encoder as? JSONEncoding {
      encoder.node = .value(self)
      return
    }
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .bytes(let value): try container.encode(Bytes(value))
    case .array(let value): try container.encode(value)
    case .object(let value):
      try container.encode(Dictionary(value.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first }))
    }
  }
}
