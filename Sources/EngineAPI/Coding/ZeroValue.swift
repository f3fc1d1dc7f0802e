/// A value that an absent or null field stands for.
///
/// The API's other programs are written in Go, where a field that is missing or null is the type's zero value; a list
/// may arrive as null from any of them. The overloads below are what the synthesized `init(from:)` of this module's
/// types calls for a field that is not optional, so that no type has to spell it out.
protocol ZeroValue {
  init()
}

extension KeyedDecodingContainer {
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try decodeIfPresent(type, forKey: key) ?? "" }
  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try decodeIfPresent(type, forKey: key) ?? false }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try decodeIfPresent(type, forKey: key) ?? 0 }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try decodeIfPresent(type, forKey: key) ?? 0 }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try decodeIfPresent(type, forKey: key) ?? 0 }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try decodeIfPresent(type, forKey: key) ?? 0 }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try decodeIfPresent(type, forKey: key) ?? 0 }

  func decode<T: Decodable & ZeroValue>(_ type: T.Type, forKey key: Key) throws -> T {
    try decodeIfPresent(type, forKey: key) ?? T()
  }

  func decode<T: Decodable>(_ type: [T].Type, forKey key: Key) throws -> [T] {
    try decodeIfPresent(type, forKey: key) ?? []
  }

  func decode<T: Decodable & ZeroValue>(_ type: [String: T].Type, forKey key: Key) throws -> [String: T] {
    try decodeIfPresent(type, forKey: key) ?? [:]
  }

  func decode(_ type: [String: String].Type, forKey key: Key) throws -> [String: String] {
    try decodeIfPresent(type, forKey: key) ?? [:]
  }

  func decode(_ type: PortMap.Type, forKey key: Key) throws -> PortMap { try decodeIfPresent(type, forKey: key) ?? [:] }

  // A null among a map's values is a zero value too: `{"EndpointsConfig": {"front": null}}`.
  func decodeIfPresent<T: Decodable & ZeroValue>(
    _ type: [String: T].Type, forKey key: Key
  ) throws -> [String: T]? {
    try decodeIfPresent([String: T?].self, forKey: key)?.mapValues { $0 ?? T() }
  }

  func decodeIfPresent(_ type: [String: String].Type, forKey key: Key) throws -> [String: String]? {
    try decodeIfPresent([String: String?].self, forKey: key)?.mapValues { $0 ?? "" }
  }
}
