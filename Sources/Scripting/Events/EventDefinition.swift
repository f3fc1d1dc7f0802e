/// One row of the event table: from it come dispatch, the editor's stub `engine.d.lua` and the reference page.
public struct EventDefinition: Sendable, Hashable {
  /// A field of an event beside the common ones.
  public struct Field: Sendable, Hashable {
    public var name: String
    /// As the editor's stub has it: "Container", "string", "integer|nil".
    public var type: String
    public var help: String
    /// Only in what observers get.
    public var isObserved: Bool

    init(_ name: String, _ type: String, _ help: String, isObserved: Bool = false) {
      self.name = name
      self.type = type
      self.help = help
      self.isObserved = isObserved
    }
  }

  public var name: EventName
  public var verbs: Set<Verb>
  public var fields: [Field]
  /// What a mutate may assign: paths from the event; `*` at the end stands for everything below.
  public var writable: [String]
  /// Whether an error in a mutate leaves the operation as it was instead of denying it, whatever the site says.
  public var ignoresErrors: Bool
  /// The first version of the hook API that has the event.
  public var since: Int
  public var help: String

  init(
    _ name: EventName, _ verbs: Set<Verb>, _ fields: [Field], writable: [String] = [], ignoresErrors: Bool = false,
    since: Int = 1, _ help: String
  ) {
    self.name = name
    self.verbs = verbs
    self.fields = fields
    self.writable = writable
    self.ignoresErrors = ignoresErrors
    self.since = since
    self.help = help
  }

  public static func of(_ name: EventName) -> EventDefinition {
    byName[name] ?? EventDefinition(name, [], [], "")
  }

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// Whether a mutate may assign at this path (names and list positions from the event's root).
  public func isWritable(_ path: [String]) -> Bool {
    writable.contains { pattern in
      let parts = pattern.split(separator: ".").map(String.init)
      if parts.last == "*" {
        let prefix = parts.dropLast()
        return path.count > prefix.count && path.starts(with: prefix)
      }
      return path.starts(with: parts)
    }
  }
}
