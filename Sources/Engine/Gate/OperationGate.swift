import EngineAPI
import JSON
import Logging
import Scripting

/// The one gate: every operation that changes something passes it before anything is done (DESIGN §1).
///
/// Where no rule wants the event, passing costs one look at the set of hooks, and no payload is built.
struct OperationGate: Sendable {
  let hooks: HookHost
  let journal: Journal
  let logger: Logger

  func isWatched(_ event: EventName) -> Bool { hooks.hasRules(for: event) }

  /// Asks mutates and gates about an operation; a denial is thrown as 403 with every reason.
  ///
  /// - Parameter object: the id or name that the decision is found by.
  /// - Returns: the decision with the payload after every mutate.
  func decide(
    _ event: EventName, payload: JSONObject, schema: FieldSchema = .any, object: String
  ) async throws(EngineError) -> Decision {
    let decision = await hooks.evaluate(event, payload: payload, schema: schema)
    record(decision, object: object)
    for failure in decision.errors {
      logger.warning(
        "a hook failed",
        metadata: [
          "hook": "\(failure.hook)/\(failure.rule)", "event": "\(event.rawValue)", "error": "\(failure.message)",
        ])
    }
    guard decision.isAllowed else { throw EngineError(.forbidden, decision.denialText) }
    return decision
  }

  private func record(_ decision: Decision, object: String) {
    journal.append(
      Journal.StoredDecision(
        id: decision.id, time: Timestamp.now().nanosecondsSince1970, event: decision.event.rawValue, object: object,
        verdict: decision.verdict.rawValue, content: .object(decision.record)))
  }

  /// Passes an operation on an existing container.
  func pass(
    _ event: EventName, caller: Caller, container record: ContainerRecord, request: JSONObject = [:]
  ) async throws(EngineError) {
    guard isWatched(event) else { return }
    var payload = ContainerEventPayload.base(record, caller: caller)
    payload["request"] = .object(request)
    _ = try await decide(event, payload: payload, schema: ContainerEventPayload.schema, object: record.id)
  }

  /// Passes an operation on something else: an image, a network, a volume. Returns the fields after every mutate.
  @discardableResult
  func pass(
    _ event: EventName, caller: Caller, object: String, payload: JSONObject
  ) async throws(EngineError) -> JSONObject {
    guard isWatched(event) else { return payload }
    var payload = payload
    payload["actor"] = .object(caller.payload)
    return try await decide(event, payload: payload, object: object).payload
  }
}
