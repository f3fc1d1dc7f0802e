public import JSON
public import Lua

/// An event as scripts see it: a JSON value with its schema. Reading a name that does not exist raises with the
/// nearest one; assigning is checked against what the rule may write, the schema and the engine's own rules, at the
/// line where it stands.
///
/// Used by one Lua thread at a time, as every document.
public final class EventDocument: LuaDocument {
  /// Who may assign what.
  struct Writer {
    var hook: String
    var rule: String
    /// Hooks whose changes this rule may change again, because it is declared after them.
    var after: Set<String>
    var event: EventDefinition
    /// Nil lets everything through.
    var validate: (String, JSONValue) -> String?
  }

  private struct Node {
    var path: [PathStep]
    var schema: FieldSchema
    var value: JSONValue
    var generation: Int
    var children: [LuaKey: Int] = [:]
    /// Of an object, while it is iterated.
    var keys: [String]?
  }

  private enum PathStep: Hashable {
    case name(String)
    case position(Int)

    var text: String {
      switch self {
      case .name(let name): name
      case .position(let index): String(index)
      }
    }
  }

  private struct Touched {
    var field: String
    var path: [PathStep]
    var before: JSONValue
  }

  private(set) var root: JSONValue
  private let label: String
  private var nodes: [Node]
  private var generation = 0
  /// Why nothing can be assigned when there is no writer.
  private let readOnly: String
  private var writer: Writer?
  private var touched: [Touched] = []
  private var saved: JSONValue = .null
  /// The last rule that changed a field.
  private var owners: [(field: String, hook: String, rule: String)] = []
  /// Bytes that scripts have assigned so far; they are in the engine's memory, not under a state's limit.
  private var assigned = 0
  private static let largestAssignment = 4 << 20

  /// - Parameters:
  ///   - label: what the root is called in messages: "event", "config".
  ///   - readOnly: the message of an assignment while no rule may write.
  public init(_ root: JSONObject, schema: FieldSchema = .any, label: String = "event", readOnly: String) {
    self.root = .object(root)
    self.label = label
    self.readOnly = readOnly
    nodes = [Node(path: [], schema: schema, value: .object(root), generation: 0)]
  }

  // MARK: Rules that write

  func begin(_ writer: Writer) {
    self.writer = writer
    touched = []
    saved = root
  }

  /// Ends a rule and tells what it changed.
  func commit() -> [Change] {
    guard let writer else { return [] }
    let changes = pendingChanges()
    for change in changes {
      owners.removeAll { $0.field == change.field }
      owners.append((change.field, writer.hook, writer.rule))
    }
    self.writer = nil
    return changes
  }

  /// Ends a rule and takes back what it changed; tells what that was.
  func rollback() -> [Change] {
    guard writer != nil else { return [] }
    let changes = pendingChanges()
    root = saved
    generation += 1
    writer = nil
    return changes
  }

  private func pendingChanges() -> [Change] {
    guard let writer else { return [] }
    return touched.compactMap { field in
      let now = Self.find(root, field.path[...]) ?? .null
      if now == field.before { return nil }
      return Change(field: field.field, from: field.before, to: now, hook: writer.hook, rule: writer.rule)
    }
  }

  // MARK: Reading

  public func value(of node: Int) -> JSONValue {
    refresh(node)
    return nodes[node].value
  }

  public func length(of node: Int) -> Int {
    switch value(of: node) {
    case .array(let list): list.count
    default: 0
    }
  }

  public func member(of node: Int, at key: LuaKey) throws(LuaRaise) -> LuaMember {
    refresh(node)
    switch (nodes[node].value, key) {
    case (.array(let list), .position(let index)):
      guard list.indices.contains(index - 1) else { return .absent }
      return member(list[index - 1], of: node, at: key, schema: elementSchema(node))
    case (.array, .name(let name)):
      throw LuaRaise("\(self.name(of: node)) is a list; it has no field '\(name)'")
    case (let value, .name(let name)):
      let schema = try fieldSchema(node, name, isPresent: value[name] != nil)
      guard let found = value[name], !found.isNull else {
        switch schema {
        case .optional(let inner):
          switch inner.unwrapped {
          case .list, .map: return member(.null, of: node, at: key, schema: inner.unwrapped)
          default: return .absent
          }
        case .list, .map, .record: return member(.null, of: node, at: key, schema: schema)
        default: return .absent
        }
      }
      return member(found, of: node, at: key, schema: schema.unwrapped)
    case (_, .position):
      if case .list = nodes[node].schema.unwrapped { return .absent }
      if case .any = nodes[node].schema { return .absent }
      throw LuaRaise("\(name(of: node)) is no list")
    }
  }

  public func entry(of node: Int, at position: Int) throws(LuaRaise) -> (key: LuaKey, member: LuaMember)? {
    refresh(node)
    switch nodes[node].value {
    case .array(let list):
      guard list.indices.contains(position) else { return nil }
      let key = LuaKey.position(position + 1)
      return (key, member(list[position], of: node, at: key, schema: elementSchema(node)))
    case .object(let object):
      let keys = nodes[node].keys ?? object.keys
      nodes[node].keys = keys
      guard keys.indices.contains(position) else { return nil }
      let key = LuaKey.name(keys[position])
      return (key, try member(of: node, at: key))
    default:
      return nil
    }
  }

  private func member(_ value: JSONValue, of node: Int, at key: LuaKey, schema: FieldSchema) -> LuaMember {
    let isTable: Bool
    switch (value, schema) {
    case (.array, _), (.object, _): isTable = true
    case (.null, .list), (.null, .map), (.null, .record): isTable = true
    default: isTable = false
    }
    guard isTable else { return value.isNull ? .absent : .scalar(value) }
    if let known = nodes[node].children[key] {
      refresh(known)
      return .node(known)
    }
    let step: PathStep =
      switch key {
      case .name(let name): .name(name)
      case .position(let index): .position(index)
      }
    nodes.append(
      Node(
        path: nodes[node].path + [step], schema: schema, value: Self.empty(value, schema), generation: generation))
    nodes[node].children[key] = nodes.count - 1
    return .node(nodes.count - 1)
  }

  private static func empty(_ value: JSONValue, _ schema: FieldSchema) -> JSONValue {
    guard value.isNull else { return value }
    if case .list = schema { return .array([]) }
    return .object([:])
  }

  /// A node's value is looked up again only after something was assigned.
  private func refresh(_ node: Int) {
    guard nodes[node].generation != generation else { return }
    nodes[node].value = Self.empty(Self.find(root, nodes[node].path[...]) ?? .null, nodes[node].schema.unwrapped)
    nodes[node].generation = generation
    nodes[node].keys = nil
  }

  private func elementSchema(_ node: Int) -> FieldSchema {
    if case .list(let element) = nodes[node].schema.unwrapped { element } else { .any }
  }

  private func fieldSchema(_ node: Int, _ name: String, isPresent: Bool) throws(LuaRaise) -> FieldSchema {
    switch nodes[node].schema.unwrapped {
    case .map(let element): return element
    case .record(let fields):
      if let field = fields[name] { return field }
      if isPresent { return .any }
      throw LuaRaise(SchemaError(unknown: name, at: self.name(of: node), among: fields.keys).message)
    case .list: throw LuaRaise("\(self.name(of: node)) is a list; it has no field '\(name)'")
    default: return .any
    }
  }

  private func name(of node: Int) -> String { ([label] + nodes[node].path.map(\.text)).joined(separator: ".") }

  // MARK: Assigning

  public func assign(_ value: JSONValue, at key: LuaKey, of node: Int) throws(LuaRaise) {
    guard let writer else { throw LuaRaise(readOnly) }
    refresh(node)
    let step: PathStep
    let schema: FieldSchema
    switch key {
    case .name(let name):
      if case .array = nodes[node].value {
        throw LuaRaise("\(self.name(of: node)) is a list; it has no field '\(name)'")
      }
      schema = try fieldSchema(node, name, isPresent: nodes[node].value[name] != nil)
      step = .name(name)
    case .position(let index):
      guard case .list(let element) = listSchema(node) else { throw LuaRaise("\(self.name(of: node)) is no list") }
      let count = nodes[node].value.arrayValue?.count ?? 0
      guard index >= 1, index <= count + 1, !value.isNull || index >= count else {
        throw LuaRaise("\(self.name(of: node)) has \(count) elements; element \(index) would leave a hole")
      }
      if value.isNull && index > count { return }
      schema = element
      step = .position(index)
    }
    let path = nodes[node].path + [step]
    let shown = path.map(\.text).joined(separator: ".")
    guard writer.event.isWritable(path.map(\.text)) else {
      throw LuaRaise(
        "'\(shown)' cannot be changed by a mutate of \(writer.event.name.rawValue)"
          + (writer.event.writable.isEmpty ? "" : "; it may change \(writer.event.writable.joined(separator: ", "))"))
    }
    assigned += Self.size(value)
    guard assigned <= Self.largestAssignment else {
      throw LuaRaise("\(shown): more than \(Self.largestAssignment >> 20) MiB were assigned to one event")
    }
    let accepted: JSONValue
    do throws(SchemaError) {
      accepted = try schema.accept(value, at: Self.field(path))
    } catch {
      throw LuaRaise(error.message)
    }
    let fieldPath = Self.fieldPath(path, in: nodes[0].schema)
    let field = Self.field(fieldPath)
    try refuseConflict(field, writer)
    let changed = Self.replacing(root, path[...], with: accepted)
    let final = Self.find(changed, fieldPath[...]) ?? .null
    if let reason = writer.validate(field, final) { throw LuaRaise("\(field): \(reason)") }
    if !touched.contains(where: { $0.field == field }) {
      touched.append(Touched(field: field, path: fieldPath, before: Self.find(root, fieldPath[...]) ?? .null))
    }
    root = changed
    generation += 1
  }

  private static func size(_ value: JSONValue) -> Int {
    switch value {
    case .string(let text): 16 + text.utf8.count
    case .bytes(let bytes): 16 + bytes.count
    case .array(let list): list.reduce(16) { $0 + size($1) }
    case .object(let members): members.reduce(16) { $0 + $1.key.utf8.count + size($1.value) }
    default: 16
    }
  }

  private func listSchema(_ node: Int) -> FieldSchema {
    let schema = nodes[node].schema.unwrapped
    if case .any = schema, case .array = nodes[node].value { return .list(.any) }
    return schema
  }

  /// A field that another hook has set belongs to that hook, unless this one is declared after it.
  private func refuseConflict(_ field: String, _ writer: Writer) throws(LuaRaise) {
    for owner in owners where owner.hook != writer.hook {
      guard owner.field == field || owner.field.hasPrefix(field + ".") || field.hasPrefix(owner.field + ".") else {
        continue
      }
      if writer.after.contains(owner.hook) || writer.after.contains("\(owner.hook)/\(owner.rule)") { continue }
      throw LuaRaise(
        "\(field) was set by \(owner.hook)/\(owner.rule); declare \(writer.hook)/\(writer.rule) with "
          + "after = { \"\(owner.hook)\" } if it may be changed again")
    }
  }

  /// A list is one field, and so is what lies in it; a map's entries are fields.
  private static func fieldPath(_ path: [PathStep], in schema: FieldSchema) -> [PathStep] {
    if let index = path.firstIndex(where: { if case .position = $0 { true } else { false } }) {
      return Array(path[..<index])
    }
    return path
  }

  /// As Docker's API names it: without the `container.` that all of them would have.
  private static func field(_ path: [PathStep]) -> String {
    let path = path.first == .name("container") && path.count > 1 ? path.dropFirst() : path[...]
    return path.map(\.text).joined(separator: ".")
  }

  // MARK: Paths

  private static func find(_ value: JSONValue, _ path: ArraySlice<PathStep>) -> JSONValue? {
    var current = value
    for step in path {
      switch step {
      case .name(let name):
        guard let next = current[name] else { return nil }
        current = next
      case .position(let index):
        guard let next = current[index - 1] else { return nil }
        current = next
      }
    }
    return current
  }

  private static func replacing(_ value: JSONValue, _ path: ArraySlice<PathStep>, with new: JSONValue) -> JSONValue {
    guard let step = path.first else { return new }
    let rest = path.dropFirst()
    switch step {
    case .name(let name):
      var object = value.objectValue ?? [:]
      let inner = replacing(object[name] ?? .null, rest, with: new)
      if inner.isNull { object[name] = nil } else { object[name] = inner }
      return .object(object)
    case .position(let index):
      var list = value.arrayValue ?? []
      let inner = replacing(list.indices.contains(index - 1) ? list[index - 1] : .null, rest, with: new)
      if index <= list.count {
        if inner.isNull { list.remove(at: index - 1) } else { list[index - 1] = inner }
      } else if !inner.isNull {
        list.append(inner)
      }
      return .array(list)
    }
  }
}
