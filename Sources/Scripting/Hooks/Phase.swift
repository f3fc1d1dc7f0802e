import JSON
import Lua

/// One operation's visit to the hooks: all mutates, then all gates, on one Lua thread unless a script waits.
///
/// Unchecked because a job is stepped by one thread at a time.
final class Phase: LuaJob, @unchecked Sendable {
  private let event: EventDefinition
  private let services: any HookServices
  private let threads: LuaThreads
  private let validate: @Sendable (String, JSONValue) -> String?
  private let schema: FieldSchema
  private let rules: [HookSet.BoundRule]
  private let mutateCount: Int

  private var decision: Decision
  private var document: EventDocument
  private var next = 0
  private var call: RuleCall?
  private var started = ContinuousClock.now
  private var continuation: CheckedContinuation<Decision, Never>?

  init(
    event: EventDefinition, decision: String, payload: JSONObject, schema: FieldSchema,
    validate: @escaping @Sendable (String, JSONValue) -> String?, mutates: [HookSet.BoundRule],
    gates: [HookSet.BoundRule], services: any HookServices, threads: LuaThreads
  ) {
    self.event = event
    self.services = services
    self.threads = threads
    self.validate = validate
    self.schema = schema
    rules = mutates + gates
    mutateCount = mutates.count
    self.decision = Decision(id: decision, event: event.name, payload: payload)
    document = EventDocument(payload, schema: self.schema, readOnly: "")
  }

  func run() async -> Decision {
    await withCheckedContinuation { continuation in
      self.continuation = continuation
      threads.submit(self)
    }
  }

  func step() -> LuaJobStep {
    while true {
      if call == nil {
        if next == mutateCount { beginGates() }
        guard next < rules.count else {
          finish()
          return .done
        }
        begin(rules[next])
      }
      guard let call else { return .done }
      switch call.advance(for: self, on: threads) {
      case .again: return .again
      case .parked: return .parked
      case .finished(let result):
        end(rules[next], result)
        self.call = nil
        next += 1
      }
    }
  }

  private func begin(_ rule: HookSet.BoundRule) {
    started = .now
    if rule.rule.verb == .mutate {
      document.begin(
        EventDocument.Writer(
          hook: rule.hook.name, rule: rule.rule.id, after: Set(rule.rule.after), event: event, validate: validate))
    }
    call = RuleCall(rule, document: document, services: services)
  }

  private func beginGates() {
    var payload = document.root.objectValue ?? [:]
    decision.payload = payload
    guard next < rules.count else { return }
    payload["changes"] = .array(decision.changes.map { .object($0.record) })
    document = EventDocument(
      payload, schema: schema,
      readOnly: "a gate cannot change the event; use hook:mutate(\"\(event.name.rawValue)\", …)")
  }

  private func end(_ rule: HookSet.BoundRule, _ result: Result<[JSONValue], LuaFailure>) {
    let elapsed = started.duration(to: .now)
    decision.timings.append(
      RuleTiming(
        hook: rule.hook.name, rule: rule.rule.id, verb: rule.rule.verb,
        microseconds: Int(elapsed.nanoseconds / 1000)))
    switch result {
    case .failure(let failure): record(failure, of: rule)
    case .success(let values):
      if rule.rule.verb == .mutate { endMutate(rule) } else { endGate(rule, values) }
    }
  }

  private func endMutate(_ rule: HookSet.BoundRule) {
    if rule.mode == .enforce {
      decision.changes += document.commit()
      return
    }
    for change in document.rollback() {
      let opinion = Opinion(
        hook: rule.hook.name, rule: rule.rule.id, message: "would set \(change.field) to \(change.to)",
        field: change.field)
      if rule.mode == .warn { decision.warnings.append(opinion) } else { decision.audited.append(opinion) }
    }
  }

  private func endGate(_ rule: HookSet.BoundRule, _ values: [JSONValue]) {
    for item in values.first?.arrayValue ?? [] {
      let opinion = Opinion(
        hook: rule.hook.name, rule: rule.rule.id, message: item["message"]?.stringValue ?? "",
        code: item["code"]?.stringValue, field: item["field"]?.stringValue, help: item["help"]?.stringValue)
      let isDenial = item["verdict"] == "deny"
      switch rule.mode {
      case .enforce where isDenial: decision.denials.append(opinion)
      case .enforce, .warn: decision.warnings.append(opinion)
      case .audit, .off: decision.audited.append(opinion)
      }
    }
  }

  /// An error denies unless the site says otherwise for this hook; the first time and the five-hundredth.
  private func record(_ failure: LuaFailure, of rule: HookSet.BoundRule) {
    if rule.rule.verb == .mutate { _ = document.rollback() }
    decision.errors.append(RuleFailure(hook: rule.hook.name, rule: rule.rule.id, message: failure.description))
    let opinion = Opinion(
      hook: rule.hook.name, rule: rule.rule.id, message: "the rule failed: \(failure)", code: "HOOK_ERROR",
      help: "mend the hook, or set its on_error to \"allow\" in hooks.json")
    switch rule.mode {
    case .enforce where rule.hook.settings.deniesOnError && !event.ignoresErrors: decision.denials.append(opinion)
    case .warn: decision.warnings.append(opinion)
    case .audit: decision.audited.append(opinion)
    case .enforce, .off: break
    }
  }

  private func finish() {
    decision.verdict = decision.denials.isEmpty ? .allow : .deny
    continuation?.resume(returning: decision)
    continuation = nil
  }
}

/// What every event has beside its own fields.
let commonFields: FieldSchema = .record([
  "id": .string, "name": .string, "time": .number, "decision": .optional(.string), "dry": .boolean,
  "changes": .list(.any),
  "actor": .record([
    "uid": .optional(.integer), "gid": .optional(.integer), "groups": .list(.integer), "user": .optional(.string),
    "group": .optional(.string), "loginuid": .optional(.integer), "pid": .optional(.integer),
    "tls": .optional(.string), "via": .optional(.string),
  ]),
])

/// One delivery to an observer.
///
/// Unchecked because a job is stepped by one thread at a time.
final class Observation: LuaJob, @unchecked Sendable {
  private let rule: HookSet.BoundRule
  private let threads: LuaThreads
  private let call: RuleCall
  private var continuation: CheckedContinuation<Delivery, Never>?

  init(
    rule: HookSet.BoundRule, event: EventDefinition, payload: JSONObject, services: any HookServices,
    threads: LuaThreads
  ) {
    self.rule = rule
    self.threads = threads
    let document = EventDocument(payload, readOnly: "an observe cannot change the event: it has happened already")
    call = RuleCall(rule, document: document, services: services)
  }

  func run() async -> Delivery {
    await withCheckedContinuation { continuation in
      self.continuation = continuation
      threads.submit(self)
    }
  }

  func step() -> LuaJobStep {
    switch call.advance(for: self, on: threads) {
    case .again: return .again
    case .parked: return .parked
    case .finished(let result):
      continuation?.resume(returning: delivery(result))
      continuation = nil
      return .done
    }
  }

  private func delivery(_ result: Result<[JSONValue], LuaFailure>) -> Delivery {
    switch result {
    case .success(let values):
      if let why = values.first?.stringValue { return .dropped(why) }
      return .done
    case .failure(let failure):
      return .failed(RuleFailure(hook: rule.hook.name, rule: rule.rule.id, message: failure.description))
    }
  }
}
