import EngineAPI
import JSON

/// Something that happened, as the journal keeps it: Docker's event message, and for the lifecycle events of HOOKS.md
/// the payload that observers get.
struct EngineEvent: Sendable, Codable {
  /// Grows with every event of this daemon, over restarts.
  var seq: Int64
  var message: EventMessage
  /// The name of HOOKS.md §2 ("exit" for Docker's "die"); nil for events that hooks cannot observe.
  var hookEvent: String?
  var payload: JSONObject?

  /// What deliveries are ordered by: events of one object reach an observer in their order.
  var objectID: String { message.actor.id }
}
