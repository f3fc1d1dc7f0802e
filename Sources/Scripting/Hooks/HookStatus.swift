public import JSON

/// One line of `hooks ls`.
public struct HookStatus: Sendable, Hashable {
  public enum State: String, Sendable, Hashable {
    /// The files as they lie there are in force.
    case active
    /// The files do not load; the version before is in force.
    case stale
    /// The files do not load, and no version ever did.
    case failed
    /// `hooks.json` names it and there is no such folder.
    case missing
  }

  public var name: String
  public var state: State
  public var version: String?
  /// The folder; where a kept version is in force, the folder that it came from.
  public var origin: String
  /// SHA-256 over the files in force.
  public var digest: String?
  /// Why the files do not load.
  public var reason: String?
  public var rules: [Rule]

  public struct Rule: Sendable, Hashable {
    public var id: String
    public var verb: Verb
    public var event: EventName
    public var mode: RuleMode
  }

  public var record: JSONObject {
    var object: JSONObject = ["name": .string(name), "state": .string(state.rawValue), "origin": .string(origin)]
    object["version"] = version.map { .string($0) }
    object["digest"] = digest.map { .string($0) }
    object["reason"] = reason.map { .string($0) }
    object["rules"] = .array(
      rules.map {
        [
          "id": .string($0.id), "verb": .string($0.verb.rawValue), "event": .string($0.event.rawValue),
          "mode": .string($0.mode.rawValue),
        ]
      })
    return object
  }
}
