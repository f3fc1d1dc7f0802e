import EngineAPI
import JSON
import OCI

/// Makes events, and hands them to the journal, the observers' queue and those who listen.
final class EventPublisher: Sendable {
  private let journal: Journal
  private let bus: EventBus
  private let observers: ObserverQueue

  init(journal: Journal, bus: EventBus, observers: ObserverQueue) {
    self.journal = journal
    self.bus = bus
    self.observers = observers
  }

  /// Docker's actions and the events of HOOKS.md §2 that observers know them by.
  private static let hookEvents = [
    "create": "create", "start": "start", "die": "exit", "stop": "stop", "exec_start": "exec", "pull": "pull",
  ]

  func make(
    _ action: String, container record: ContainerRecord, _ details: [String: String], extra: JSONObject = [:]
  ) -> EngineEvent {
    var attributes = record.config.labels ?? [:]
    attributes["image"] = record.imageReference
    attributes["name"] = record.name
    attributes.merge(details) { $1 }
    let name = action.prefix { $0 != ":" }
    var payload: JSONObject?
    if let event = Self.hookEvents[String(name)], !observers.interested(in: event).isEmpty {
      payload = ContainerEventPayload.observed(event, record: record, details: details, extra: extra)
    }
    return make(type: "container", action: action, id: record.id, attributes: attributes, payload: payload)
  }

  func make(
    type: String, action: String, id: String, attributes: [String: String], payload: JSONObject? = nil
  ) -> EngineEvent {
    let now = Timestamp.now()
    let isContainer = type == "container"
    let message = EventMessage(
      status: isContainer || type == "image" ? action : nil, id: isContainer || type == "image" ? id : nil,
      from: isContainer ? attributes["image"] : nil, type: type, action: action,
      actor: EventActor(id: id, attributes: attributes), scope: "local", time: now.seconds,
      timeNano: now.nanosecondsSince1970)
    let name = String(action.prefix { $0 != ":" })
    return EngineEvent(
      seq: journal.nextSeq(), message: message, hookEvent: payload == nil ? nil : Self.hookEvents[name],
      payload: payload)
  }

  func publish(_ event: EngineEvent) {
    bus.publish(event.message)
    let interested = event.hookEvent.map { observers.interested(in: $0) } ?? []
    if interested.isEmpty {
      journal.append(event, observers: [])
    } else {
      let observers = observers
      journal.append(event, observers: interested) { observers.added(event, to: interested) }
    }
  }

  /// An event that changes no record.
  func announce(
    _ action: String, container record: ContainerRecord, _ details: [String: String] = [:], extra: JSONObject = [:]
  ) {
    publish(make(action, container: record, details, extra: extra))
  }

  func announce(type: String, action: String, id: String, attributes: [String: String], payload: JSONObject? = nil) {
    publish(make(type: type, action: action, id: id, attributes: attributes, payload: payload))
  }

  /// Whether building a payload for this event is worth anything.
  func isObserved(_ hookEvent: String) -> Bool { !observers.interested(in: hookEvent).isEmpty }
}
