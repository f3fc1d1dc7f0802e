/// The members of a JSON object in the order of the document. Two objects are equal when they have the same members,
/// whatever their order.
public struct JSONObject: Sendable {
  public typealias Element = (key: String, value: JSONValue)

  private var entries: [Element] = []
  /// Positions by key, kept only where a linear search would cost more.
  private var positions: [String: Int]?
  private static let indexedFrom = 12

  public init() {}

  public init(_ members: some Sequence<Element>) {
    for (key, value) in members { self[key] = value }
  }

  public var count: Int { entries.count }
  public var isEmpty: Bool { entries.isEmpty }
  public var keys: [String] { entries.map(\.key) }
  public var values: [JSONValue] { entries.map(\.value) }

  public subscript(key: String) -> JSONValue? {
    get { position(of: key).map { entries[$0].value } }
    set {
      switch (position(of: key), newValue) {
      case (let position?, let value?):
        entries[position].value = value
      case (let position?, nil):
        entries.remove(at: position)
        positions = nil
        if entries.count >= Self.indexedFrom { rebuildPositions() }
      case (nil, let value?):
        entries.append((key, value))
        if positions != nil {
          positions?[key] = entries.count - 1
        } else if entries.count >= Self.indexedFrom {
          rebuildPositions()
        }
      case (nil, nil):
        break
      }
    }
  }

  private func position(of key: String) -> Int? {
    if let positions { return positions[key] }
    return entries.firstIndex { $0.key == key }
  }

  private mutating func rebuildPositions() {
    var table: [String: Int] = [:]
    table.reserveCapacity(entries.count * 2)
    for (offset, entry) in entries.enumerated() { table[entry.key] = offset }
    positions = table
  }
}

extension JSONObject: Sequence {
  public func makeIterator() -> IndexingIterator<[Element]> { entries.makeIterator() }
  public var underestimatedCount: Int { entries.count }
}

extension JSONObject: Hashable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.entries.allSatisfy { right[$0.key] == $0.value }
  }

  public func hash(into hasher: inout Hasher) {
    var sum = 0
    for (key, value) in entries {
      var member = Hasher()
      member.combine(key)
      member.combine(value)
      sum ^= member.finalize()
    }
    hasher.combine(sum)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (key, value) in elements { self[key] = value }
  }
}
