import JSON
import Logging
import Synchronization

/// What became of one delivery to an observer.
enum DeliveryOutcome: Sendable {
  case done
  /// The observer does not want it: `return engine.drop("why")`.
  case dropped(String)
  case failed(String)
}

/// Tells observers what happened: at least once, in order per object, over restarts of the daemon.
///
/// The rows are in the journal; here is who is told next. A delivery that fails stays in its place and is tried again
/// with growing pauses; it delays only later events of the same object to the same observer.
final class ObserverQueue: Sendable {
  typealias Deliver = @Sendable (_ event: EngineEvent, _ observer: String) async -> DeliveryOutcome
  typealias Interested = @Sendable (_ hookEvent: String) -> [String]

  private struct Pending: Sendable {
    var delivery: Journal.Delivery
    var event: EngineEvent?
  }
  private struct State {
    var queues: [String: [Pending]] = [:]
    var running: Set<String> = []
    var stopped = false
  }

  private let journal: Journal
  private let interestedObservers: Interested
  private let deliver: Deliver
  private let logger: Logger
  private let state = Mutex(State())

  init(journal: Journal, logger: Logger, interested: @escaping Interested, deliver: @escaping Deliver) {
    self.journal = journal
    self.logger = logger
    self.interestedObservers = interested
    self.deliver = deliver
  }

  func interested(in hookEvent: String) -> [String] { interestedObservers(hookEvent) }

  func added(_ event: EngineEvent, to observers: [String]) {
    for observer in observers {
      let delivery = Journal.Delivery(seq: event.seq, observer: observer, object: event.objectID, attempts: 0)
      enqueue(Pending(delivery: delivery, event: event))
    }
  }

  /// Takes up what a former daemon still owed.
  func resume() async throws {
    for delivery in try await journal.pendingDeliveries() { enqueue(Pending(delivery: delivery, event: nil)) }
  }

  func stop() { state.withLock { $0.stopped = true } }

  private func enqueue(_ pending: Pending) {
    let key = "\(pending.delivery.observer)\u{0}\(pending.delivery.object)"
    let starts = state.withLock { state in
      state.queues[key, default: []].append(pending)
      return state.running.insert(key).inserted
    }
    if starts { Task { await self.run(key) } }
  }

  private func run(_ key: String) async {
    while let pending = head(of: key) {
      await tell(pending)
      state.withLock { _ = $0.queues[key]?.removeFirst() }
    }
  }

  private func head(of key: String) -> Pending? {
    state.withLock { state in
      if let first = state.queues[key]?.first, !state.stopped { return first }
      state.queues[key] = nil
      state.running.remove(key)
      return nil
    }
  }

  private func tell(_ pending: Pending) async {
    var attempts = pending.delivery.attempts
    while !state.withLock({ $0.stopped }) {
      guard let event = await event(of: pending) else { return journal.settle(pending.delivery) }
      switch await deliver(event, pending.delivery.observer) {
      case .done: return journal.settle(pending.delivery)
      case .dropped(let why):
        logger.info(
          "an observer dropped an event", metadata: ["observer": "\(pending.delivery.observer)", "why": "\(why)"])
        return journal.settle(pending.delivery)
      case .failed(let reason):
        attempts += 1
        journal.countAttempt(pending.delivery)
        logger.warning(
          "an observer failed and is tried again",
          metadata: ["observer": "\(pending.delivery.observer)", "attempts": "\(attempts)", "reason": "\(reason)"])
        try? await Task.sleep(for: .milliseconds(min(500 << min(attempts, 10), 300_000)))
      }
    }
  }

  private func event(of pending: Pending) async -> EngineEvent? {
    if let event = pending.event { return event }
    return try? await journal.event(pending.delivery.seq)
  }
}
