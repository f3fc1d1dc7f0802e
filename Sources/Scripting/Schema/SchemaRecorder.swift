import JSON

extension FieldSchema {
  /// The schema of any decodable type, found by letting it decode from a recorder: every key it asks for is a field,
  /// and the type it asks for is its kind. A property that is decoded by hand in several ways is recorded as the first
  /// of them that it tries; a type that decodes itself from a single value is that value's kind.
  public init<T: Decodable>(of type: T.Type) {
    var depth = 0
    self = Recorder.schema(of: type, depth: &depth).schema
  }
}

/// A decoder without data.
private final class Recorder: Decoder {
  static let limit = 16

  var schema: FieldSchema = .any
  let depth: Int
  let codingPath: [any CodingKey] = []
  let userInfo: [CodingUserInfoKey: Any] = [:]

  init(depth: Int) { self.depth = depth }

  struct NoData: Error {}

  /// The schema of a type and, where the type can be made from nothing, a value of it.
  static func schema<T: Decodable>(of type: T.Type, depth: inout Int) -> (schema: FieldSchema, value: T?) {
    func known<V>(_ schema: FieldSchema, _ value: V) -> (FieldSchema, T?) { (schema, value as? T) }
    switch type {
    case is Bool.Type: return known(.boolean, false)
    case is String.Type: return known(.string, "")
    case is Double.Type: return known(.number, 0.0)
    case is Float.Type: return known(.number, Float(0))
    case let integer as any FixedWidthInteger.Type: return known(.integer, zero(integer))
    case is JSONValue.Type: return known(.any, JSONValue.null)
    case is Bytes.Type: return known(.string, Bytes([]))
    case let optional as any OptionalDecodable.Type:
      let wrapped = optional.wrappedSchema(depth: &depth)
      return known(.optional(wrapped), optional.absent)
    case let list as any ListDecodable.Type:
      return known(.list(list.elementSchema(depth: &depth)), list.empty)
    case let map as any MapDecodable.Type:
      return known(.map(map.elementSchema(depth: &depth)), map.empty)
    default: break
    }
    if let cases = type as? any CaseIterable.Type, let choice = choice(of: cases) {
      return (choice.schema, choice.first as? T)
    }
    guard depth < limit else { return (.any, nil) }
    depth += 1
    defer { depth -= 1 }
    let recorder = Recorder(depth: depth)
    let value = try? T(from: recorder)
    // Where decoding gave up half-way the fields behind are unknown, so nothing may be refused by name.
    if value == nil, case .record = recorder.schema { return (.any, nil) }
    return (recorder.schema, value)
  }

  private static func zero<I: FixedWidthInteger>(_ type: I.Type) -> I { 0 }

  private static func choice<C: CaseIterable>(of type: C.Type) -> (schema: FieldSchema, first: Any)? {
    let names = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    guard let first = type.allCases.first, names.count == type.allCases.count else { return nil }
    return (.choice(names), first)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    if case .record = schema {} else { schema = .record([:]) }
    return KeyedDecodingContainer(Keyed<Key>(recorder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    schema = .list(.any)
    throw NoData()
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(recorder: self) }

  func record(_ field: FieldSchema, _ key: any CodingKey) {
    guard case .record(var fields) = schema else { return }
    // "A string or a list of them" is a list to a script.
    if case .list = field.unwrapped {
      fields[key.stringValue] = field
    } else if fields[key.stringValue] == nil || fields[key.stringValue] == .any {
      fields[key.stringValue] = field
    }
    schema = .record(fields)
  }

  struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: Recorder
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) throws -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
      var depth = recorder.depth
      let (schema, value) = Recorder.schema(of: type, depth: &depth)
      recorder.record(schema, key)
      guard let value else { throw NoData() }
      return value
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
      var depth = recorder.depth
      recorder.record(.optional(Recorder.schema(of: type, depth: &depth).schema), key)
      return nil
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try scalar(.boolean, key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try scalar(.string, key) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try scalar(.number, key) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try scalar(.number, key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try scalar(.integer, key) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try scalar(.integer, key) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try scalar(.integer, key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try scalar(.integer, key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try scalar(.integer, key) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try scalar(.integer, key) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try scalar(.integer, key) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try scalar(.integer, key) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try scalar(.integer, key) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try scalar(.integer, key) }

    private func scalar<T>(_ schema: FieldSchema, _ key: Key) throws -> T? {
      recorder.record(schema, key)
      return nil
    }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type, forKey key: Key) throws
      -> KeyedDecodingContainer<NestedKey>
    {
      recorder.record(.any, key)
      return KeyedDecodingContainer(Keyed<NestedKey>(recorder: Recorder(depth: recorder.depth)))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      recorder.record(.list(.any), key)
      throw NoData()
    }

    func superDecoder() throws -> any Decoder { Recorder(depth: recorder.depth) }
    func superDecoder(forKey key: Key) throws -> any Decoder { Recorder(depth: recorder.depth) }
  }

  struct Single: SingleValueDecodingContainer {
    let recorder: Recorder
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
      var depth = recorder.depth
      let (schema, value) = Recorder.schema(of: type, depth: &depth)
      if recorder.schema == .any { recorder.schema = schema }
      guard let value else { throw NoData() }
      return value
    }
  }
}

/// The standard containers, seen without their type parameters.
private protocol OptionalDecodable {
  static func wrappedSchema(depth: inout Int) -> FieldSchema
  static var absent: Any { get }
}
extension Optional: OptionalDecodable where Wrapped: Decodable {
  static func wrappedSchema(depth: inout Int) -> FieldSchema { Recorder.schema(of: Wrapped.self, depth: &depth).schema }
  static var absent: Any { Wrapped?.none as Any }
}

private protocol ListDecodable {
  static func elementSchema(depth: inout Int) -> FieldSchema
  static var empty: Any { get }
}
extension Array: ListDecodable where Element: Decodable {
  static func elementSchema(depth: inout Int) -> FieldSchema { Recorder.schema(of: Element.self, depth: &depth).schema }
  static var empty: Any { [Element]() }
}
extension Set: ListDecodable where Element: Decodable {
  static func elementSchema(depth: inout Int) -> FieldSchema { Recorder.schema(of: Element.self, depth: &depth).schema }
  static var empty: Any { Set<Element>() }
}

private protocol MapDecodable {
  static func elementSchema(depth: inout Int) -> FieldSchema
  static var empty: Any { get }
}
extension Dictionary: MapDecodable where Key == String, Value: Decodable {
  static func elementSchema(depth: inout Int) -> FieldSchema { Recorder.schema(of: Value.self, depth: &depth).schema }
  static var empty: Any { [String: Value]() }
}
