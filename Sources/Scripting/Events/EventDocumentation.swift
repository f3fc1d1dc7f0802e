/// What is generated from the event table and the event schemas: the editor's stub `engine.d.lua` (LuaLS annotations)
/// and the reference page of events.
public enum EventDocumentation {
  /// `engine.d.lua` for this version of the script API.
  public static func editorStub() -> String {
    var lines = ["---@meta", "-- Generated from the event table; do not edit.", ""]
    for name in EventSchemas.types.keys.sorted() {
      guard let type = EventSchemas.types[name] else { continue }
      lines.append("---@class \(name)")
      for field in type.order {
        guard let schema = type.fields[field] else { continue }
        lines.append("---@field \(field) \(luaType(schema))")
      }
      lines.append("")
    }
    for event in EventDefinition.all {
      lines.append("---\(event.help)")
      lines.append("---@class \(className(event.name))Event")
      for field in EventDefinition.common + event.fields {
        lines.append("---@field \(field.name) \(field.type) \(field.help)")
      }
      lines.append("")
    }
    lines.append("---@class Hook")
    for verb in Verb.allCases {
      for event in EventDefinition.all where event.verbs.contains(verb) {
        let result = verb == .gate ? ": Result|nil" : ""
        lines.append(
          "---@field \(verb.rawValue) fun(self: Hook, event: \"\(event.name.rawValue)\", options: RuleOptions, "
            + "run: fun(event: \(className(event.name))Event, config: table)\(result))")
      }
    }
    lines.append("")
    lines.append(engine)
    return lines.joined(separator: "\n") + "\n"
  }

  /// The reference page of events, in Markdown.
  public static func referencePage() -> String {
    var lines = [
      "# Events", "", "Generated from the event table (`Sources/Scripting/Events/EventTable.swift`).", "",
      "Every event has:", "", "| field | type | |", "|---|---|---|",
    ]
    func row(_ field: EventDefinition.Field) -> String {
      let note = field.isObserved ? field.help + " (observe)" : field.help
      return "| `\(field.name)` | `\(field.type.split(separator: "|").joined(separator: "\\|"))` | \(note) |"
    }
    lines += EventDefinition.common.map(row)
    for event in EventDefinition.all {
      let verbs = Verb.allCases.filter { event.verbs.contains($0) }.map(\.rawValue).joined(separator: ", ")
      lines += ["", "## \(event.name.rawValue)", "", "\(event.help) Verbs: \(verbs). Since API \(event.since).", ""]
      if !event.fields.isEmpty { lines += ["| field | type | |", "|---|---|---|"] + event.fields.map(row) }
      if !event.writable.isEmpty {
        lines += ["", "A mutate may assign " + event.writable.map { "`\($0)`" }.joined(separator: ", ") + "."]
      }
      if event.ignoresErrors { lines += ["", "An error in a mutate leaves the operation as it was and is recorded."] }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// "network.create" → "NetworkCreate".
  private static func className(_ name: EventName) -> String {
    name.rawValue.split(separator: ".").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private static func luaType(_ schema: FieldSchema) -> String {
    switch schema {
    case .any: "any"
    case .boolean: "boolean|nil"
    case .integer: "integer|nil"
    case .number: "number|nil"
    case .string: "string|nil"
    case .choice(let names): names.map { "\"\($0)\"" }.joined(separator: "|")
    case .list(let element): plain(element) + "[]"
    case .map(let element): "table<string, \(plain(element))>"
    case .record(let fields): named(fields)
    case .optional(let inner): plain(inner) + "|nil"
    }
  }

  private static func plain(_ schema: FieldSchema) -> String {
    let text = luaType(schema)
    return text.hasSuffix("|nil") ? String(text.dropLast(4)) : text
  }

  private static func named(_ fields: [String: FieldSchema]) -> String {
    EventSchemas.types.filter { $0.value.fields == fields }.keys.min() ?? "table"
  }

  private static let engine = #"""
    ---@class RuleOptions
    ---@field id string|nil unique in the hook
    ---@field before string|string[]|nil hooks, or hook/rule
    ---@field after string|string[]|nil hooks, or hook/rule; lets a mutate change what they set

    ---@class OpinionOptions
    ---@field code string|nil for programs: "PRIVILEGED"
    ---@field field string|nil "HostConfig.CapAdd"
    ---@field help string|nil what the caller can do about it

    ---@class Result
    ---@field deny fun(self: Result, message: string, options?: OpinionOptions): Result
    ---@field warn fun(self: Result, message: string, options?: OpinionOptions): Result

    ---@class Problem
    ---@field code "not_found"|"conflict"|"denied"|"timeout"|"unreachable"|"full"|"invalid"
    ---@field message string

    ---@class engine
    engine = {}

    ---@param options { api: 1, name: string, version?: string, config?: table<string, any>, description?: string }
    ---@return Hook
    function engine.hook(options) end

    ---@param options { api: 1, kind: "network"|"ipam"|"volume"|"storage"|"log", name: string, version?: string, options?: table<string, any>, description?: string }
    ---@return table
    function engine.driver(options) end

    ---@return Result
    function engine.result() end
    ---@param message string
    ---@param options? OpinionOptions
    ---@return Result
    function engine.deny(message, options) end
    ---@param message string
    ---@param options? OpinionOptions
    ---@return Result
    function engine.warn(message, options) end
    ---Ends a delivery that the observer does not want.
    ---@param why string
    function engine.drop(why) end
    ---What an earlier step of a plan will have chosen.
    ---@param text string "id.field"
    function engine.ref(text) end

    engine.log = {}
    ---@param message string
    ---@param fields? table<string, any>
    function engine.log.debug(message, fields) end
    ---@param message string
    ---@param fields? table<string, any>
    function engine.log.info(message, fields) end
    ---@param message string
    ---@param fields? table<string, any>
    function engine.log.warn(message, fields) end
    ---@param message string
    ---@param fields? table<string, any>
    function engine.log.error(message, fields) end

    ---The hook's own data.
    engine.store = {}
    ---@param key string
    ---@return any value, Problem|nil problem
    function engine.store.get(key) end
    ---@param key string
    ---@param value any
    ---@param options? { ttl: number|string }
    ---@return true|nil, Problem|nil
    function engine.store.set(key, value, options) end
    ---@param key string
    ---@param change fun(old: any): any called again when another was faster
    ---@return any value, Problem|nil problem
    function engine.store.update(key, change) end
    ---@param key string
    ---@return true|nil, Problem|nil
    function engine.store.delete(key) end

    engine.time = {}
    ---Seconds since 1970; in a mutate or gate use event.time.
    ---@return number
    function engine.time.now() end
    ---@param text string RFC 3339
    ---@return number|nil, Problem|nil
    function engine.time.parse(text) end
    ---@param seconds number
    ---@param pattern? string of %Y %m %d %H %M %S %j %a %b %s %%
    ---@return string
    function engine.time.format(seconds, pattern) end

    engine.json = {}
    ---Stands for null in lists.
    engine.json.null = nil
    ---Marks a table as a list, so that an empty one is written as [].
    ---@generic T
    ---@param list T
    ---@return T
    function engine.json.array(list) end
    ---@param value any
    ---@param options? { pretty: boolean }
    ---@return string
    function engine.json.encode(value, options) end
    ---@param text string
    ---@return any value, Problem|nil problem
    function engine.json.decode(text) end

    ---@type { name: string, kernel: string, architecture: string, cpus: integer, memory: integer, version: string }
    engine.host = {}

    engine.std = { glob = {}, cidr = {}, semver = {}, reference = {}, duration = {}, bytes = {}, base64 = {} }
    ---`*` any run without /, `**` any run, `?` one character, `[a-z]` a class.
    ---@param pattern string
    ---@param text string
    ---@return boolean
    function engine.std.glob.match(pattern, text) end
    ---@param patterns string[]
    ---@param text string
    ---@return boolean
    function engine.std.glob.any(patterns, text) end
    ---@param text string
    ---@return { address: string, prefix: integer, version: 4|6, network: string, broadcast: string }|nil, Problem|nil
    function engine.std.cidr.parse(text) end
    ---@param outer string
    ---@param inner string an address or a network
    ---@return boolean
    function engine.std.cidr.contains(outer, inner) end
    ---@param a string
    ---@param b string
    ---@return boolean
    function engine.std.cidr.overlaps(a, b) end
    ---@param network string
    ---@param index integer 0 is the network's own address
    ---@return string|nil, Problem|nil
    function engine.std.cidr.nth(network, index) end
    ---The first address that a host may have and nobody has.
    ---@param network string
    ---@param taken string[]
    ---@param range? string
    ---@return string|nil, Problem|nil
    function engine.std.cidr.free(network, taken, range) end
    ---@param text string
    ---@return { major: integer, minor: integer, patch: integer, prerelease: string|nil }|nil, Problem|nil
    function engine.std.semver.parse(text) end
    ---@param a string
    ---@param b string
    ---@return integer -1, 0 or 1
    function engine.std.semver.compare(a, b) end
    ---@param version string
    ---@param range string ">=1.2 <2 || ^3"
    ---@return boolean
    function engine.std.semver.satisfies(version, range) end
    ---@param text string
    ---@return { registry: string, repository: string, name: string, tag: string|nil, digest: string|nil, full: string }|nil, Problem|nil
    function engine.std.reference.parse(text) end
    ---@param text string "1h30m"
    ---@return number|nil seconds, Problem|nil problem
    function engine.std.duration.parse(text) end
    ---@param seconds number
    ---@return string
    function engine.std.duration.format(seconds) end
    ---@param text string "64MiB"
    ---@return integer|nil bytes, Problem|nil problem
    function engine.std.bytes.parse(text) end
    ---@param bytes number
    ---@return string
    function engine.std.bytes.format(bytes) end
    ---@param text string
    ---@return string
    function engine.std.base64.encode(text) end
    ---@param text string
    ---@return string|nil, Problem|nil
    function engine.std.base64.decode(text) end
    ---@param text string
    ---@return string hexadecimal
    function engine.std.sha256(text) end
    ---Replaces what looks secret by ***.
    ---@generic T
    ---@param value T
    ---@return T
    function engine.std.redact(value) end

    ---In *_test.lua only.
    ---@param name string
    ---@param run fun(t: Test)
    function engine.test(name, run) end

    engine.check = {}
    ---@param got any
    ---@param wanted any
    ---@param note? string
    function engine.check.equal(got, wanted, note) end
    ---@param got any
    ---@param other any
    ---@param note? string
    function engine.check.different(got, other, note) end
    ---@param got any
    ---@param note? string
    function engine.check.truthy(got, note) end
    ---@param got any
    ---@param note? string
    function engine.check.falsy(got, note) end
    ---@param got string
    ---@param pattern string
    ---@param note? string
    function engine.check.matches(got, pattern, note) end
    ---@param list any[]|string
    ---@param wanted any
    ---@param note? string
    function engine.check.contains(list, wanted, note) end
    ---@param run fun()
    ---@param text? string
    ---@param note? string
    function engine.check.raises(run, text, note) end

    ---@class TestDecision
    ---@field verdict "allow"|"deny"
    ---@field text string what a client is told
    ---@field rules table[] hook, rule, verdict, message, code, field, help
    ---@field changes table[] field, from, to, hook, rule
    ---@field errors table[] hook, rule, message
    ---@field observed table[] rule, outcome, message
    ---@field log table[] level, message, fields, rule
    ---@field event table the event after all mutates

    ---@class Test
    ---@field event fun(name: string, fields?: table): table a valid event, deep-merged with the fields
    ---@field docker fun(line: string): table the create event of a command line: "run -v /srv/a:/a alpine"
    ---@field container fun(fields?: table): table
    ---@field image fun(fields?: table): table
    ---@field send fun(event: table): TestDecision
    ---@field plan fun(name: string, request: table, more?: table): any, Problem|nil
    ---@field config fun(settings: table)
    ---@field clock fun(time: string|number)
    ---@field advance fun(duration: string|number)
    ---@field restart fun()
    ---@field store fun(key: string): any
    """#
}
