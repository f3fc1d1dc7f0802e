import EngineAPI
import Glibc
import JSON
import Logging
import Scripting

/// What the engine does for scripts: their log lines, their store, facts about the host.
final class EngineHookServices: HookServices {
  private let store: HookStore
  private let logger: Logger
  let hostFacts: JSONObject

  init(store: HookStore, logger: Logger, version: String) {
    self.store = store
    self.logger = logger
    var system = utsname()
    uname(&system)
    func text<T>(_ field: T) -> JSONValue {
      withUnsafeBytes(of: field) { .string(String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)) }
    }
    hostFacts = [
      "name": .string(HostFacts.hostName), "kernel": text(system.release), "architecture": text(system.machine),
      "cpus": .integer(Int64(HostFacts.processors)), "memory": .integer(HostFacts.memory), "engine": .string(version),
    ]
  }

  var now: Double { Double(Timestamp.now().nanosecondsSince1970) / 1e9 }

  func log(_ entry: ScriptLogEntry) {
    var metadata: Logger.Metadata = ["script": "\(entry.script)"]
    if let rule = entry.rule { metadata["rule"] = "\(rule)" }
    for (key, value) in entry.fields { metadata[key] = "\(value.stringValue ?? value.description)" }
    switch entry.level {
    case .debug: logger.debug("\(entry.message)", metadata: metadata)
    case .info: logger.info("\(entry.message)", metadata: metadata)
    case .warn: logger.warning("\(entry.message)", metadata: metadata)
    case .error: logger.error("\(entry.message)", metadata: metadata)
    }
  }

  func storeGet(hook: String, key: String) async -> Result<JSONValue?, ServiceError> {
    await store.get(hook: hook, key: key)
  }

  func storeSet(
    hook: String, key: String, value: JSONValue, timeToLive: Double?
  ) async -> Result<Void, ServiceError> {
    await store.set(hook: hook, key: key, value: value, timeToLive: timeToLive)
  }

  func storeDelete(hook: String, key: String) async -> Result<Void, ServiceError> {
    await store.delete(hook: hook, key: key)
  }

  func storeExchange(
    hook: String, key: String, expected: JSONValue?, value: JSONValue?
  ) async -> Result<Bool, ServiceError> {
    await store.exchange(hook: hook, key: key, expected: expected, value: value)
  }
}
