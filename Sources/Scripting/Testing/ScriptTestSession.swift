import Drivers
import JSON
import Lua
import Plans
import Synchronization

/// The engine behind one test: a fresh state of the script, an empty store, a stopped clock.
final class ScriptTestSession: Sendable {
  private let files: ScriptFiles
  private let services = MemoryServices()
  private let config = Mutex<JSONObject>([:])
  private let loaded = Mutex<Loaded?>(nil)

  private enum Loaded {
    case hook(HookHost)
    case driver(LuaDriver)
  }

  init(files: ScriptFiles) { self.files = files }

  /// Nil when there is no such function.
  func call(_ name: String, _ values: [JSONValue]) -> LuaReply? {
    let first = values.first ?? .null
    switch name {
    case "test.event":
      guard let name = first.stringValue, let event = EventName(rawValue: name) else {
        return .raise(
          "there is no event '\(first)'\(Suggestion.text(for: "\(first)", among: EventName.allCases.map(\.rawValue)))")
      }
      return .values([.object(TestEvents.event(event, (values.count > 1 ? values[1] : .null).objectValue ?? [:]))])
    case "test.docker":
      do throws(ScriptError) {
        return .values([.object(TestEvents.event(.create, try DockerCommandLine.parse(first.stringValue ?? "")))])
      } catch {
        return .raise(error.message)
      }
    case "test.config":
      config.withLock { $0 = first.objectValue ?? [:] }
      loaded.withLock { $0 = nil }
      return .values([])
    case "test.restart":
      loaded.withLock { $0 = nil }
      return .values([])
    case "test.clock":
      guard let now = first.numberValue ?? first.stringValue.flatMap(Timestamp.parse) else {
        return .raise("t.clock needs a time such as 2027-01-02T03:04:05Z")
      }
      services.setClock(now)
      return .values([])
    case "test.advance":
      guard let seconds = first.numberValue ?? first.stringValue.flatMap(Units.seconds) else {
        return .raise("t.advance needs a duration such as 10s")
      }
      services.setClock(services.now + seconds)
      return .values([])
    case "test.store":
      let key = first.stringValue ?? ""
      return .wait { [services, files] in
        .values([(try? await services.storeGet(hook: files.name, key: key).get()) ?? .null])
      }
    case "test.send": return .wait { await self.send(first.objectValue ?? [:]) }
    case "test.plan": return .wait { await self.plan(first.stringValue ?? "", Array(values.dropFirst())) }
    default: return nil
    }
  }

  /// Everything the engine would do with an event: mutates, gates, and the observers of what is allowed.
  private func send(_ payload: JSONObject) async -> LuaReply {
    guard let event = payload["name"]?.stringValue.flatMap(EventName.init(rawValue:)) else {
      return .raise("t.send needs an event as t.event makes it")
    }
    let host: HookHost
    switch await load() {
    case .failure(let error): return .raise(error.message)
    case .success(.driver): return .raise("t.send is for hooks; test a driver with t.plan")
    case .success(.hook(let found)): host = found
    }
    services.clearLog()
    let decision = await host.evaluate(event, payload: payload)
    var observed: [JSONValue] = []
    if decision.isAllowed {
      for observer in host.observers(for: event) {
        switch await host.deliver(event, payload: decision.payload, to: observer) {
        case .done: observed.append(["rule": .string(observer), "outcome": "done"])
        case .dropped(let why):
          observed.append(["rule": .string(observer), "outcome": "dropped", "message": .string(why)])
        case .failed(let failure):
          observed.append(["rule": .string(observer), "outcome": "failed", "message": .string(failure.message)])
        }
      }
    }
    return .values([.object(Self.table(decision, observed, services.log))])
  }

  private static func table(
    _ decision: Decision, _ observed: [JSONValue], _ log: [ScriptLogEntry]
  ) -> JSONObject {
    func opinions(_ list: [Opinion], _ verdict: String) -> [JSONValue] {
      list.map { opinion in
        var record = opinion.record
        record["verdict"] = .string(verdict)
        return .object(record)
      }
    }
    return [
      "verdict": .string(decision.verdict.rawValue), "text": .string(decision.denialText),
      "rules": .array(
        opinions(decision.denials, "deny") + opinions(decision.warnings, "warn") + opinions(decision.audited, "audit")),
      "changes": .array(decision.changes.map { .object($0.record) }),
      "errors": .array(decision.errors.map { .object($0.record) }),
      "event": .object(decision.payload), "observed": .array(observed),
      "log": .array(
        log.map {
          [
            "level": .string($0.level.rawValue), "message": .string($0.message), "fields": .object($0.fields),
            "rule": .string($0.rule ?? ""),
          ]
        }),
    ]
  }

  private func plan(_ function: String, _ arguments: [JSONValue]) async -> LuaReply {
    let driver: LuaDriver
    switch await load() {
    case .failure(let error): return .raise(error.message)
    case .success(.hook): return .raise("t.plan is for drivers; test a hook with t.send")
    case .success(.driver(let found)): driver = found
    }
    let known = LuaDriver.functions[driver.kind] ?? []
    guard known.contains(function) else {
      return .raise(
        "a \(driver.kind.rawValue) driver has no function '\(function)'\(Suggestion.text(for: function, among: known))")
    }
    do {
      let arguments = try typed(arguments.filter { !$0.isNull }, driver)
      let value = try await driver.call(function, arguments)
      switch driver.kind {
      case .ipam, .log: return .values([value])
      case .network, .volume, .storage: return .values([try Plan(json: value).json])
      }
    } catch let error as DriverError where error.code != .failed {
      return .values([.null, ["code": .string(error.code.rawValue), "message": .string(error.message)]])
    } catch {
      return .raise("\(error)")
    }
  }

  /// Options typed as the adapters do it, wherever the request has them.
  private func typed(_ arguments: [JSONValue], _ driver: LuaDriver) throws(DriverError) -> [JSONValue] {
    var typed: [JSONValue] = []
    for argument in arguments {
      var argument = argument
      for owner in ["network", "volume"] where argument[owner]?.objectValue != nil {
        let options = try driver.typed(argument[owner]?["options"]?.objectValue ?? [:])
        argument[owner]?["options"] = .object(options)
      }
      if argument["network"] == nil && argument["volume"] == nil && argument.objectValue != nil && driver.kind != .ipam
      {
        let options = try driver.typed(argument["options"]?.objectValue ?? [:])
        argument["options"] = .object(options)
      }
      typed.append(argument)
    }
    return typed
  }

  private func load() async -> Result<Loaded, ScriptError> {
    if let loaded = loaded.withLock({ $0 }) { return .success(loaded) }
    var settings = HooksFile.Hook()
    settings.config = config.withLock { $0 }
    do throws(ScriptError) {
      let made: Loaded
      if files.declaresDriver {
        made = .driver(try await LuaDriver.load(files, kind: nil, services: services))
      } else {
        let hook = try await LoadedHook.load(files, settings: settings, services: services)
        made = .hook(HookHost(only: try HookSet([hook]), services: services))
      }
      loaded.withLock { $0 = made }
      return .success(made)
    } catch {
      return .failure(error)
    }
  }
}

extension ScriptFiles {
  /// Whether `init.lua` declares a driver; loading says so if it is otherwise.
  var declaresDriver: Bool { texts["init.lua"]?.contains("engine.driver") == true }
}
