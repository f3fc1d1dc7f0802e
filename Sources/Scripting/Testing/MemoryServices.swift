public import JSON
import Synchronization

/// Services that live in memory, with a clock that stands still: for tests of scripts.
public final class MemoryServices: HookServices {
  private struct Entry {
    var value: JSONValue
    var expires: Double?
  }
  private struct State {
    var store: [String: Entry] = [:]
    var now: Double
    var log: [ScriptLogEntry] = []
  }

  private let state: Mutex<State>
  public let hostFacts: JSONObject

  /// - Parameter now: seconds since 1970; 2027-01-15T08:00:00Z.
  public init(
    now: Double = 1_800_000_000,
    hostFacts: JSONObject = [
      "name": "test", "kernel": "6.1.0", "architecture": "x86_64", "cpus": 2, "memory": 4_294_967_296,
      "version": "0.0.0",
    ]
  ) {
    state = Mutex(State(now: now))
    self.hostFacts = hostFacts
  }

  public var now: Double { state.withLock { $0.now } }
  public func setClock(_ now: Double) { state.withLock { $0.now = now } }
  /// Lines of `engine.log`, in order.
  public var log: [ScriptLogEntry] { state.withLock { $0.log } }
  public func clearLog() { state.withLock { $0.log = [] } }

  public func log(_ entry: ScriptLogEntry) { state.withLock { $0.log.append(entry) } }

  public func storeGet(hook: String, key: String) async -> Result<JSONValue?, ServiceError> {
    .success(state.withLock { Self.value("\(hook)\u{0}\(key)", in: $0) })
  }

  public func storeSet(
    hook: String, key: String, value: JSONValue, timeToLive: Double?
  ) async -> Result<Void, ServiceError> {
    state.withLock { state in
      state.store["\(hook)\u{0}\(key)"] = Entry(value: value, expires: timeToLive.map { state.now + $0 })
    }
    return .success(())
  }

  public func storeDelete(hook: String, key: String) async -> Result<Void, ServiceError> {
    state.withLock { $0.store["\(hook)\u{0}\(key)"] = nil }
    return .success(())
  }

  public func storeExchange(
    hook: String, key: String, expected: JSONValue?, value: JSONValue?
  ) async -> Result<Bool, ServiceError> {
    let name = "\(hook)\u{0}\(key)"
    return .success(
      state.withLock { state in
        guard Self.value(name, in: state) == expected else { return false }
        state.store[name] = value.map { Entry(value: $0) }
        return true
      })
  }

  private static func value(_ name: String, in state: State) -> JSONValue? {
    guard let entry = state.store[name], entry.expires.map({ $0 <= state.now }) != true else { return nil }
    return entry.value
  }
}
