/// The `filters` of a listing or a prune: several values of one key are alternatives, different keys must all hold.
///
/// On the wire it is `{"label": ["a", "b=c"]}` or the older `{"label": {"a": true, "b=c": true}}`; both are read.
public struct Filters: Codable, Sendable, Hashable, ZeroValue {
  public private(set) var values: [String: [String]]

  public init() { values = [:] }

  public init(_ values: [String: [String]]) { self.values = values }

  public init(from decoder: any Decoder) throws {
    values = try decoder.singleValueContainer().decode([String: Values?].self).mapValues { $0?.values ?? [] }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(values.mapValues { Values(values: $0) })
  }

  public var isEmpty: Bool { values.isEmpty }

  /// The values of a key; empty where the key is absent.
  public subscript(key: String) -> [String] { values[key] ?? [] }

  public func contains(_ key: String) -> Bool { !self[key].isEmpty }

  public mutating func add(_ key: String, _ value: String) { values[key, default: []].append(value) }

  /// Refuses a key that the endpoint does not know: `invalid filter 'colour'`.
  public func validate(_ known: Set<String>) throws(InvalidValue) {
    for key in values.keys.sorted() where !known.contains(key) { throw InvalidValue("invalid filter '\(key)'") }
  }

  /// Whether the key is absent or one of its values is the text.
  public func matchesExactly(_ key: String, _ text: String) -> Bool {
    let wanted = self[key]
    return wanted.isEmpty || wanted.contains(text)
  }

  /// Whether the key is absent or one of its values is a part of the text or, as an extended regular expression,
  /// found in it: how `name` is matched.
  public func matches(_ key: String, _ text: String) -> Bool {
    let wanted = self[key]
    return wanted.isEmpty || wanted.contains { text == $0 || Pattern.isFound($0, in: text) }
  }

  /// Whether the key is absent or the text begins with one of its values: how `id` is matched.
  public func matchesPrefix(_ key: String, _ text: String) -> Bool {
    let wanted = self[key]
    return wanted.isEmpty || wanted.contains { text.hasPrefix($0) }
  }

  /// Whether all of the key's values (`name` or `name=value`) are among the labels; `label` here is no alternative but
  /// a conjunction, as in Docker.
  public func matchesLabels(_ key: String = "label", _ labels: [String: String]) -> Bool {
    self[key].allSatisfy { Self.holds($0, labels) }
  }

  /// Whether none of the key's values is among the labels: the prunes' `label!`.
  public func excludesLabels(_ key: String = "label!", _ labels: [String: String]) -> Bool {
    !self[key].contains { Self.holds($0, labels) }
  }

  private static func holds(_ label: String, _ labels: [String: String]) -> Bool {
    let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let value = labels[parts[0]] else { return false }
    return parts.count == 1 || value == parts[1]
  }

  /// The value of a key that is a boolean; `dangling=true`.
  public func boolean(_ key: String, default absent: Bool) throws(InvalidValue) -> Bool {
    let wanted = self[key]
    guard !wanted.isEmpty else { return absent }
    if wanted.allSatisfy({ $0 == "1" || $0 == "true" }) { return true }
    if wanted.allSatisfy({ $0 == "0" || $0 == "false" }) { return false }
    throw InvalidValue("invalid filter '\(key)=[\(wanted.joined(separator: " "))]'")
  }

  private struct Values: Codable {
    var values: [String]

    init(values: [String]) { self.values = values }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let list = try? container.decode([String].self) {
        values = list
      } else {
        values = try container.decode([String: Bool].self).filter(\.value).keys.sorted()
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(values)
    }
  }
}
