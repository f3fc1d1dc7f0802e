import Drivers
import JSON
import Lua
import Synchronization

/// What a call of a script is for; decides what it may do.
final class ScriptContext: Sendable {
  enum Phase: Sendable, Hashable {
    case load, mutate, gate, observe, test
    case driver(acts: Bool)
  }

  let phase: Phase
  /// "exit-log", "network/bridge".
  let script: String
  let rule: String?
  let services: any HookServices
  /// The engine for `engine.test`, in test states only.
  let tests: ScriptTestSession?
  private let lines = Atomic<Int>(0)

  init(
    _ phase: Phase, script: String, rule: String?, services: any HookServices, tests: ScriptTestSession? = nil
  ) {
    self.phase = phase
    self.script = script
    self.rule = rule
    self.services = services
    self.tests = tests
  }

  /// Counts a line of log; false when the call has written its share.
  func mayLog() -> Bool { lines.wrappingAdd(1, ordering: .relaxed).newValue <= 1000 }

  /// Why a call that acts, or depends on more than its arguments, is refused here.
  func refusal(of name: String) -> String? {
    switch phase {
    case .observe, .test, .driver(acts: true): nil
    case .load: "engine.\(name) cannot be used while the file is loaded; use it in a rule"
    case .mutate, .gate:
      "engine.\(name) cannot be used in a mutate or a gate, which only decide; use it in an observe"
        + (name == "time.now" ? ", or event.time here" : "")
    case .driver(acts: false):
      "engine.\(name) cannot be used in a driver that returns plans; the request carries what it needs"
    }
  }
}

/// The host functions behind `engine`, for the script whose files these are.
final class ScriptHost: LuaHost {
  private let files: ScriptFiles
  private let facts: JSONObject

  init(files: ScriptFiles, services: any HookServices) {
    self.files = files
    facts = services.hostFacts
  }

  func chunk(named name: String) -> Result<LuaChunk, LuaError> {
    if name == "init" || name.hasPrefix("test:") {
      let path = name == "init" ? "init.lua" : String(name.dropFirst(5))
      guard let text = files.texts[path] else { return .failure(LuaError("there is no \(files.name)/\(path)")) }
      return .success(LuaChunk(label: "\(files.name)/\(path)", text: text))
    }
    let path = "lib/" + name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "/") + ".lua"
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }), !name.contains(".."),
      let text = files.texts[path]
    else {
      let own = files.texts.keys.filter { $0.hasPrefix("lib/") }.map { path in
        path.dropFirst(4).dropLast(4).split(separator: "/").joined(separator: ".")
      }
      return .failure(
        LuaError(
          "there is no module '\(name)' in \(files.name)/lib\(Suggestion.text(for: name, among: own)); "
            + "require reaches the own lib/ and engine.std only"))
    }
    return .success(LuaChunk(label: "\(files.name)/\(path)", text: text))
  }

  func call(_ arguments: [JSONValue], in call: LuaCall?, canWait: Bool) -> LuaReply {
    guard let name = arguments.first?.stringValue else { return .raise("no function named") }
    let values = Array(arguments.dropFirst())
    guard let context = call?.context as? ScriptContext else { return declaration(name) }
    if let reply = Standard.call(name, values) { return reply }
    switch name {
    case "log": return log(values, context)
    case "time.now":
      if let refusal = context.refusal(of: name) { return .raise(refusal) }
      return .values([.number(context.services.now)])
    case "store.get", "store.set", "store.delete", "store.exchange": return store(name, values, context)
    default:
      if let reply = context.tests?.call(name, values) { return reply }
      return .raise("the engine has no function '\(name)'")
    }
  }

  private static let declarations: [String: JSONValue] = [
    "events": .object(
      JSONObject(
        EventDefinition.all.map { event in
          (event.name.rawValue, .object(JSONObject(event.verbs.map { ($0.rawValue, .bool(true)) })))
        })),
    "driver_functions": .object(
      JSONObject(
        LuaDriver.functions.map { kind, names in (kind.rawValue, .object(JSONObject(names.map { ($0, .bool(true)) }))) }
      )),
  ]

  /// What preludes ask while the state is made.
  private func declaration(_ name: String) -> LuaReply {
    if name == "facts" { return .values([.object(facts)]) }
    if let value = Self.declarations[name] { return .values([value]) }
    return .raise("the engine has no function '\(name)' while a state is made")
  }

  private func log(_ values: [JSONValue], _ context: ScriptContext) -> LuaReply {
    guard let level = values.first?.stringValue.flatMap(ScriptLogEntry.Level.init(rawValue:)), values.count > 1 else {
      return .raise("engine.log needs a message")
    }
    let fields: JSONObject
    switch values.count > 2 ? values[2] : .null {
    case .null: fields = [:]
    case .object(let object): fields = object
    case let other: return .raise("the fields of a log line have to be a table with names, got \(other.kind)")
    }
    guard context.mayLog() else { return .raise("a call may write 1000 lines of log") }
    guard JSON.write(.object(fields)).count <= 64 << 10 else {
      return .raise("the fields of a log line may have 64 KiB")
    }
    let message = String((values[1].stringValue ?? values[1].description).prefix(4096))
    context.services.log(
      ScriptLogEntry(level: level, script: context.script, rule: context.rule, message: message, fields: fields))
    return .values([])
  }

  private func store(_ name: String, _ values: [JSONValue], _ context: ScriptContext) -> LuaReply {
    if case .driver(acts: false) = context.phase { return .raise(context.refusal(of: name) ?? "") }
    if context.phase == .load || name != "store.get", let refusal = context.refusal(of: name) { return .raise(refusal) }
    guard let key = values.first?.stringValue, !key.isEmpty, key.utf8.count <= 512 else {
      return .raise("the key of the store has to be a string of 1 to 512 bytes")
    }
    let services = context.services
    let hook = context.script
    func value(_ index: Int) -> JSONValue? {
      guard values.indices.contains(index), !values[index].isNull else { return nil }
      return values[index]
    }
    switch name {
    case "store.get":
      return .wait { reply(await services.storeGet(hook: hook, key: key).map { $0 ?? .null }) }
    case "store.delete":
      return .wait { reply(await services.storeDelete(hook: hook, key: key).map { .bool(true) }) }
    case "store.exchange":
      let (expected, new) = (value(1), value(2))
      return .wait {
        reply(
          await services.storeExchange(hook: hook, key: key, expected: expected, value: new).map { .bool($0) })
      }
    default:
      guard let new = value(1) else { return .raise("store.set needs a value; use store.delete to remove one") }
      var timeToLive: Double?
      switch value(2) {
      case nil: break
      case .string(let text)?:
        guard let seconds = Units.seconds(text) else { return .raise("ttl: '\(text)' is no duration such as 10m") }
        timeToLive = seconds
      case let other?:
        guard let seconds = other.numberValue else { return .raise("ttl has to be seconds or a duration such as 10m") }
        timeToLive = seconds
      }
      return .wait { [timeToLive] in
        reply(
          await services.storeSet(hook: hook, key: key, value: new, timeToLive: timeToLive).map { .bool(true) })
      }
    }
  }
}

/// The world returns `nil, err`.
private func reply(_ result: Result<JSONValue, ServiceError>) -> LuaReply {
  switch result {
  case .success(let value): .values([value])
  case .failure(let error): worldError(error)
  }
}

func worldError(_ error: ServiceError) -> LuaReply {
  .values([.null, ["code": .string(error.code.rawValue), "message": .string(error.message)]])
}
