/// A collection that a JSON document may leave out: absent and `null` decode as empty, empty is not written.
///
/// OCI and Docker documents (written by Go with `omitempty`) omit empty lists and maps everywhere; with this wrapper the
/// Swift side keeps plain, never optional collections and synthesized `Codable`.
@propertyWrapper
public struct OmittedWhenEmpty<Value: Codable & Sendable & Hashable & EmptyInitializable>: Codable, Sendable, Hashable {
  public var wrappedValue: Value

  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    wrappedValue = container.decodeNil() ? Value() : try container.decode(Value.self)
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}

/// A value whose `init()` is its empty value.
public protocol EmptyInitializable {
  init()
  var isEmpty: Bool { get }
}

extension Array: EmptyInitializable {}
extension Dictionary: EmptyInitializable {}

extension KeyedDecodingContainer {
  public func decode<Value>(
    _ type: OmittedWhenEmpty<Value>.Type, forKey key: Key
  ) throws -> OmittedWhenEmpty<Value> {
    OmittedWhenEmpty(wrappedValue: try decodeIfPresent(Value.self, forKey: key) ?? Value())
  }
}

extension KeyedEncodingContainer {
  public mutating func encode<Value>(_ value: OmittedWhenEmpty<Value>, forKey key: Key) throws {
    if !value.wrappedValue.isEmpty { try encode(value.wrappedValue, forKey: key) }
  }
}
