import JSON
import Lua

/// How far a rule's word goes.
public enum RuleMode: String, Codable, Sendable, Hashable, CaseIterable {
  case enforce
  /// A deny becomes a warning; a change is not made and becomes a warning.
  case warn
  /// Recorded only.
  case audit
  case off
}

/// `hooks.json`: what the site says about its hooks (HOOKS.md §3). A script never says any of this itself.
struct HooksFile: Sendable, Hashable {
  struct Hook: Sendable, Hashable {
    /// By rule id; "*" for the others.
    var modes: [String: RuleMode] = [:]
    /// Whether an error denies.
    var deniesOnError = true
    /// Higher goes first.
    var priority: Int64 = 0
    var config: JSONObject = [:]
    var grants: [String] = []
    var limits = Limits()

    func mode(of rule: String) -> RuleMode { modes[rule] ?? modes["*"] ?? .enforce }
  }

  struct Limits: Sendable, Hashable {
    var cpu: Duration?
    var wall: Duration?
    var memory: Int?

    func budget(_ standard: LuaBudget) -> LuaBudget {
      LuaBudget(cpu: cpu ?? standard.cpu, wall: wall ?? standard.wall)
    }
    var state: LuaLimits { memory.map { LuaLimits(memory: $0, string: min($0 / 4, 1 << 20)) } ?? LuaLimits() }
  }

  var hooks: [String: Hook] = [:]
  var drivers: [String: Hook] = [:]
  /// Hooks without which pull, create, start and exec are denied: those named here and those in `required`.
  var expected: [String] = []

  init() {}

  init(parsing bytes: [UInt8]) throws(ScriptError) {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSON.parse(bytes)
    } catch {
      throw ScriptError("hooks.json: \(error)")
    }
    let reader = try SettingsReader(value, "hooks.json", known: ["api", "required", "hooks", "drivers", "secrets"])
    guard (reader["api"] ?? 1) == 1 else { throw ScriptError("hooks.json: api has to be 1") }
    for (name, value) in try reader.object("hooks") {
      hooks[name] = try Self.hook(value, "hooks.json: hooks.\(name)")
      expected.append(name)
    }
    for name in try reader.strings("required") where !expected.contains(name) { expected.append(name) }
    for (name, value) in try reader.object("drivers") {
      drivers[name] = try Self.hook(value, "hooks.json: drivers.\(name)")
    }
  }

  private static func hook(_ value: JSONValue, _ place: String) throws(ScriptError) -> Hook {
    let reader = try SettingsReader(
      value, place, known: ["mode", "on_error", "priority", "config", "grants", "limits", "isolation"])
    var hook = Hook()
    switch reader["mode"] {
    case nil: break
    case .string(let name): hook.modes["*"] = try mode(name, "\(place).mode")
    case .object(let modes):
      for (rule, value) in modes {
        guard let name = value.stringValue else { throw ScriptError("\(place).mode.\(rule): expected a string") }
        hook.modes[rule] = try mode(name, "\(place).mode.\(rule)")
      }
    default: throw ScriptError("\(place).mode: expected a string or a map of rules")
    }
    switch try reader.string("on_error") {
    case nil, "deny": break
    case "allow": hook.deniesOnError = false
    case let other?: throw ScriptError("\(place).on_error: '\(other)' is neither 'deny' nor 'allow'")
    }
    if let priority = reader["priority"] {
      guard let number = priority.integerValue else { throw ScriptError("\(place).priority: expected an integer") }
      hook.priority = number
    }
    hook.config = try reader.object("config")
    hook.grants = try reader.strings("grants")
    let limits = try SettingsReader(
      .object(try reader.object("limits")), "\(place).limits", known: ["cpu", "wall", "memory"])
    hook.limits.cpu = try limits.string("cpu").map { text throws(ScriptError) in
      try Units.duration(text, "\(place).limits.cpu")
    }
    hook.limits.wall = try limits.string("wall").map { text throws(ScriptError) in
      try Units.duration(text, "\(place).limits.wall")
    }
    hook.limits.memory = try limits.string("memory").map { text throws(ScriptError) in
      try Units.bytes(text, "\(place).limits.memory")
    }
    if reader["isolation"] != nil {
      throw ScriptError("\(place).isolation: this engine runs every hook in its own sandboxed state, not in a process")
    }
    return hook
  }

  private static func mode(_ name: String, _ place: String) throws(ScriptError) -> RuleMode {
    if let mode = RuleMode(rawValue: name) { return mode }
    let names = RuleMode.allCases.map(\.rawValue)
    throw ScriptError(
      "\(place): '\(name)' is none of \(names.joined(separator: ", "))\(Suggestion.text(for: name, among: names))")
  }
}

/// A JSON object of settings of which every key has to be known.
struct SettingsReader {
  private let object: JSONObject
  private let place: String

  init(_ value: JSONValue, _ place: String, known: [String]) throws(ScriptError) {
    guard let object = value.objectValue else { throw ScriptError("\(place): expected an object, got \(value.kind)") }
    for key in object.keys where !known.contains(key) {
      throw ScriptError("\(place): unknown key '\(key)'\(Suggestion.text(for: key, among: known))")
    }
    self.object = object
    self.place = place
  }

  subscript(key: String) -> JSONValue? { object[key] }

  func string(_ key: String) throws(ScriptError) -> String? {
    guard let value = object[key] else { return nil }
    guard let text = value.stringValue else {
      throw ScriptError("\(place).\(key): expected a string, got \(value.kind)")
    }
    return text
  }

  func strings(_ key: String) throws(ScriptError) -> [String] {
    guard let value = object[key] else { return [] }
    guard let list = value.arrayValue, case let texts = list.compactMap(\.stringValue), texts.count == list.count else {
      throw ScriptError("\(place).\(key): expected a list of strings")
    }
    return texts
  }

  func object(_ key: String) throws(ScriptError) -> JSONObject {
    guard let value = object[key] else { return [:] }
    guard let object = value.objectValue else {
      throw ScriptError("\(place).\(key): expected an object, got \(value.kind)")
    }
    return object
  }
}
