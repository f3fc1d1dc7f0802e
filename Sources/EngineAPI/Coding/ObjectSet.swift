/// A set of strings that the API writes as an object with empty values: `{"80/tcp": {}}`.
public struct ObjectSet: Codable, Sendable, Hashable, ExpressibleByArrayLiteral, Sequence, ZeroValue {
  /// The members, in the order of their bytes.
  public private(set) var elements: [String]

  public init() { elements = [] }

  public init(_ elements: some Sequence<String>) {
    self.elements = Set(elements).sorted()
  }

  public init(arrayLiteral elements: String...) { self.init(elements) }

  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode([String: EmptyObject?].self).keys)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for element in elements { try container.encode(EmptyObject(), forKey: Key(stringValue: element)) }
  }

  public var isEmpty: Bool { elements.isEmpty }
  public var count: Int { elements.count }

  public func contains(_ element: String) -> Bool { elements.contains(element) }

  public mutating func insert(_ element: String) {
    guard !elements.contains(element) else { return }
    elements.append(element)
    elements.sort()
  }

  public mutating func remove(_ element: String) { elements.removeAll { $0 == element } }

  public func makeIterator() -> [String].Iterator { elements.makeIterator() }

  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// `{}`. What a client puts inside is ignored.
public struct EmptyObject: Codable, Sendable, Hashable, ZeroValue {
  public init() {}

  public init(from decoder: any Decoder) throws {}

  public func encode(to encoder: any Encoder) throws {
    _ = encoder.container(keyedBy: NoKey.self)
  }

  private enum NoKey: CodingKey {}
}
