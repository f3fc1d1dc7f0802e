public import JSON

/// What the hooks said about one operation.
public struct Decision: Sendable, Hashable {
  public enum Verdict: String, Codable, Sendable, Hashable {
    case allow, deny
  }

  /// 16 hexadecimal digits; in the journal, in the error text, and known to `moonpool explain`.
  public var id: String
  public var event: EventName
  public var verdict: Verdict
  /// The event after every mutate; the operation is built from it.
  public var payload: JSONObject
  /// What the mutates changed, in order.
  public var changes: [Change]
  public var warnings: [Opinion]
  /// Every reason of every gate, and every error that denies.
  public var denials: [Opinion]
  /// Rules that raised or were stopped, whatever that led to.
  public var errors: [RuleFailure]
  /// What rules in mode `audit` would have done.
  public var audited: [Opinion]
  public var timings: [RuleTiming]

  public init(id: String, event: EventName, verdict: Verdict = .allow, payload: JSONObject) {
    self.id = id
    self.event = event
    self.verdict = verdict
    self.payload = payload
    changes = []
    warnings = []
    denials = []
    errors = []
    audited = []
    timings = []
  }

  public var isAllowed: Bool { verdict == .allow }

  /// What a client is told about a denial (HTTP 403). The first line says hook, rule, reason, code and decision id, so
  /// that a stock `docker run` prints what matters; further reasons and help follow line by line.
  ///
  /// `denied by hook no-privileged/create: privileged containers are not allowed here (PRIVILEGED) [decision 3f…]`
  public var denialText: String {
    var lines: [String] = []
    for denial in denials {
      var line = denial.text
      if lines.isEmpty { line += " [decision \(id)]" }
      lines.append(line)
      if let help = denial.help { lines.append(help) }
    }
    return lines.joined(separator: "\n")
  }

  /// For the journal and the event `decision`: without the payload.
  public var record: JSONObject {
    var object: JSONObject = [
      "id": .string(id), "event": .string(event.rawValue), "verdict": .string(verdict.rawValue),
    ]
    func add(_ key: String, _ list: [JSONObject]) {
      if !list.isEmpty { object[key] = .array(list.map { .object($0) }) }
    }
    add("changes", changes.map(\.record))
    add("warnings", warnings.map(\.record))
    add("denials", denials.map(\.record))
    add("errors", errors.map(\.record))
    add("audited", audited.map(\.record))
    add("rules", timings.map(\.record))
    return object
  }
}

/// One field that a mutate changed.
public struct Change: Sendable, Hashable {
  /// In the names of `docker inspect`: "HostConfig.PidsLimit"; "stop.Timeout" outside of the container.
  public var field: String
  /// Null where there was nothing.
  public var from: JSONValue
  public var to: JSONValue
  public var hook: String
  public var rule: String

  public init(field: String, from: JSONValue, to: JSONValue, hook: String, rule: String) {
    self.field = field
    self.from = from
    self.to = to
    self.hook = hook
    self.rule = rule
  }

  public var record: JSONObject {
    ["field": .string(field), "from": from, "to": to, "hook": .string(hook), "rule": .string(rule)]
  }
}

/// A reason of a rule's for denying or warning.
public struct Opinion: Sendable, Hashable {
  public var hook: String
  public var rule: String
  public var message: String
  /// "PRIVILEGED": for programs.
  public var code: String?
  /// The field it is about, as in `Change`.
  public var field: String?
  /// What the caller can do about it.
  public var help: String?

  public init(
    hook: String, rule: String, message: String, code: String? = nil, field: String? = nil, help: String? = nil
  ) {
    self.hook = hook
    self.rule = rule
    self.message = message
    self.code = code
    self.field = field
    self.help = help
  }

  /// "denied by hook HOOK/RULE: message (CODE)"
  public var text: String { "denied by hook \(hook)/\(rule): \(message)" + (code.map { " (\($0))" } ?? "") }

  /// "hook HOOK/RULE: message (CODE)", as in the `Warnings` of a create response.
  public var warningText: String { "hook \(hook)/\(rule): \(message)" + (code.map { " (\($0))" } ?? "") }

  public var record: JSONObject {
    var object: JSONObject = ["hook": .string(hook), "rule": .string(rule), "message": .string(message)]
    object["code"] = code.map { .string($0) }
    object["field"] = field.map { .string($0) }
    object["help"] = help.map { .string($0) }
    return object
  }
}

/// A rule that raised, was stopped, or could not be asked.
public struct RuleFailure: Error, Sendable, Hashable {
  public var hook: String
  public var rule: String
  public var message: String

  public init(hook: String, rule: String, message: String) {
    self.hook = hook
    self.rule = rule
    self.message = message
  }

  public var record: JSONObject { ["hook": .string(hook), "rule": .string(rule), "message": .string(message)] }
}

public struct RuleTiming: Sendable, Hashable {
  public var hook: String
  public var rule: String
  public var verb: Verb
  /// Wall time, waits included.
  public var microseconds: Int

  public init(hook: String, rule: String, verb: Verb, microseconds: Int) {
    self.hook = hook
    self.rule = rule
    self.verb = verb
    self.microseconds = microseconds
  }

  public var record: JSONObject {
    ["hook": .string(hook), "rule": .string(rule), "verb": .string(verb.rawValue), "us": .integer(Int64(microseconds))]
  }
}
