public import JSON

/// What the engine does for scripts. Everything here may take its time: the script that calls waits, nobody else.
public protocol HookServices: Sendable {
  /// The hook's own data. A value past its time to live is absent.
  func storeGet(hook: String, key: String) async -> Result<JSONValue?, ServiceError>
  /// - Parameter timeToLive: seconds; nil for ever.
  func storeSet(hook: String, key: String, value: JSONValue, timeToLive: Double?) async -> Result<Void, ServiceError>
  func storeDelete(hook: String, key: String) async -> Result<Void, ServiceError>
  /// Sets the value if the present one equals `expected`; false when another was faster.
  func storeExchange(hook: String, key: String, expected: JSONValue?, value: JSONValue?) async
    -> Result<Bool, ServiceError>
  /// A line of `engine.log`. Called on a Lua thread; must not block.
  func log(_ entry: ScriptLogEntry)
  /// `engine.host`: name, kernel, architecture, cpus, memory, engine version.
  var hostFacts: JSONObject { get }
  /// Seconds since 1970.
  var now: Double { get }
}

/// What a script gets as `nil, err` when the world does not do what it asks.
public struct ServiceError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable, CaseIterable {
    case notFound = "not_found"
    case conflict, denied, timeout, unreachable, full, invalid
  }

  public var code: Code
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}

public struct ScriptLogEntry: Sendable, Hashable {
  public enum Level: String, Sendable, Hashable, CaseIterable {
    case debug, info, warn, error
  }

  public var level: Level
  /// "exit-log" of a hook, "log/gelf" of a driver.
  public var script: String
  public var rule: String?
  public var message: String
  public var fields: JSONObject

  public init(level: Level, script: String, rule: String?, message: String, fields: JSONObject) {
    self.level = level
    self.script = script
    self.rule = rule
    self.message = message
    self.fields = fields
  }
}
