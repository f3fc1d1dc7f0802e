import JSON
import Lua

/// One version of a hook with the site's settings for it.
final class LoadedHook: Sendable {
  let name: String
  let version: String?
  let runtime: ScriptRuntime
  let settings: HooksFile.Hook
  let config: JSONObject
  let configSchema: FieldSchema
  let rules: [Rule]

  struct Rule: Sendable, Hashable {
    /// In the order of declaration, from 1: how the script's state knows it.
    var index: Int
    var verb: Verb
    var event: EventName
    var id: String
    var before: [String]
    var after: [String]
  }

  var files: ScriptFiles { runtime.files }

  private init(
    name: String, version: String?, runtime: ScriptRuntime, settings: HooksFile.Hook, config: JSONObject,
    configSchema: FieldSchema, rules: [Rule]
  ) {
    self.name = name
    self.version = version
    self.runtime = runtime
    self.settings = settings
    self.config = config
    self.configSchema = configSchema
    self.rules = rules
  }

  /// Compiles the files, checks the site's configuration against what the script declares.
  static func load(
    _ files: ScriptFiles, settings: HooksFile.Hook, services: any HookServices
  ) async throws(ScriptError) -> LoadedHook {
    let runtime = ScriptRuntime(
      files: files, label: files.name, limits: settings.limits.state, services: services)
    let declared = try await runtime.load("hook")
    let name = declared["name"]?.stringValue ?? ""
    guard name == files.name else {
      throw ScriptError("the hook in the folder '\(files.name)' calls itself '\(name)': give both the same name")
    }
    let schema = try ConfigurationSchema(declared["config"] ?? .null, "\(name): config")
    let config = try schema.values(settings.config, "hooks.json: hooks.\(name).config")
    var rules: [Rule] = []
    for (offset, value) in (declared["rules"]?.arrayValue ?? []).enumerated() {
      guard let verb = value["verb"]?.stringValue.flatMap(Verb.init(rawValue:)),
        let event = value["event"]?.stringValue.flatMap(EventName.init(rawValue:)), let id = value["id"]?.stringValue
      else { continue }
      if let other = rules.first(where: { $0.id == id }) {
        throw ScriptError(
          "\(name): the id '\(id)' is given to a \(other.verb.rawValue) of \(other.event.rawValue) and to a "
            + "\(verb.rawValue) of \(event.rawValue); ids are unique within a hook")
      }
      func names(_ key: String) -> [String] { value[key]?.arrayValue?.compactMap(\.stringValue) ?? [] }
      rules.append(
        Rule(index: offset + 1, verb: verb, event: event, id: id, before: names("before"), after: names("after")))
    }
    for id in settings.modes.keys where id != "*" && !rules.contains(where: { $0.id == id }) {
      throw ScriptError(
        "hooks.json: hooks.\(name).mode: the hook has no rule '\(id)'\(Suggestion.text(for: id, among: rules.map(\.id)))"
      )
    }
    return LoadedHook(
      name: name, version: declared["version"]?.stringValue, runtime: runtime, settings: settings, config: config,
      configSchema: schema.schema, rules: rules)
  }
}
