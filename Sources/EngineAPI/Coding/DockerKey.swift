/// The coding keys of a type whose JSON has habits that Docker's clients rely on.
protocol DockerKey: CodingKey, Hashable {
  /// Fields that are left out where they are nil. All others are written as `null`, as Docker does for a nil list or
  /// pointer: a script that reads `attrs["HostConfig"]["Binds"]` finds the key.
  static var omittedWhenNil: Set<Self> { get }

  /// Lists of strings that a client may send as one string, which is then a list of one.
  static var stringOrList: Set<Self> { get }
}

extension DockerKey {
  static var stringOrList: Set<Self> { [] }
}

extension KeyedDecodingContainer where Key: DockerKey {
  func decodeIfPresent(_ type: [String].Type, forKey key: Key) throws -> [String]? {
    guard contains(key), try !decodeNil(forKey: key) else { return nil }
    if Key.stringOrList.contains(key), let one = try? decodeIfPresent(String.self, forKey: key) { return [one] }
    return try decode(StringList.self, forKey: key).elements
  }
}

/// A list of strings in which null is the empty string, as in Go.
private struct StringList: Decodable {
  var elements: [String]

  init(from decoder: any Decoder) throws {
    elements = try decoder.singleValueContainer().decode([String?].self).map { $0 ?? "" }
  }
}

extension KeyedEncodingContainer where Key: DockerKey {
  private mutating func encodeNilUnlessOmitted(_ key: Key) throws {
    if !Key.omittedWhenNil.contains(key) { try encodeNil(forKey: key) }
  }

  mutating func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
    if let value { try encode(value, forKey: key) } else { try encodeNilUnlessOmitted(key) }
  }

  mutating func encodeIfPresent(_ value: String?, forKey key: Key) throws {
    if let value { try encode(value, forKey: key) } else { try encodeNilUnlessOmitted(key) }
  }

  mutating func encodeIfPresent(_ value: Bool?, forKey key: Key) throws {
    if let value { try encode(value, forKey: key) } else { try encodeNilUnlessOmitted(key) }
  }

  mutating func encodeIfPresent(_ value: Int?, forKey key: Key) throws {
    if let value { try encode(value, forKey: key) } else { try encodeNilUnlessOmitted(key) }
  }

  mutating func encodeIfPresent(_ value: Int64?, forKey key: Key) throws {
    if let value { try encode(value, forKey: key) } else { try encodeNilUnlessOmitted(key) }
  }

  mutating func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws {
    if let value { try encode(value, forKey: key) } else { try encodeNilUnlessOmitted(key) }
  }
}
