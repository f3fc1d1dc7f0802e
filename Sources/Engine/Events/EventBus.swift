public import EngineAPI
import Synchronization

/// Hands every event to whoever listens (`docker events`), and remembers the latest for those who ask about the past.
public final class EventBus: Sendable {
  private struct State {
    var recent: [EventMessage] = []
    var subscribers: [UInt64: AsyncStream<EventMessage>.Continuation] = [:]
    var next: UInt64 = 0
  }
  private let state = Mutex(State())
  private static let remembered = 1024

  init() {}

  func preload(_ messages: [EventMessage]) {
    state.withLock { $0.recent = Array(messages.suffix(Self.remembered)) }
  }

  func publish(_ message: EventMessage) {
    state.withLock { state in
      state.recent.append(message)
      if state.recent.count > Self.remembered * 2 { state.recent.removeFirst(Self.remembered) }
      for subscriber in state.subscribers.values { subscriber.yield(message) }
    }
  }

  var subscriberCount: Int { state.withLock { $0.subscribers.count } }

  /// The events from `since` on (nil: from now), up to `until` (nil: for good), that pass the filters.
  public func subscribe(since: Timestamp?, until: Timestamp?, filters: Filters) -> EventStream {
    let filter = EventFilter(filters)
    let (stream, continuation) = AsyncStream<EventMessage>.makeStream(bufferingPolicy: .bufferingNewest(4096))
    let onlyPast = until.map { $0 <= .now() } ?? false
    state.withLock { state in
      if let since {
        for message in state.recent where message.timeNano >= since.nanosecondsSince1970 {
          if let until, message.timeNano > until.nanosecondsSince1970 { continue }
          continuation.yield(message)
        }
      }
      guard !onlyPast else { return }
      let id = state.next
      state.next += 1
      state.subscribers[id] = continuation
      continuation.onTermination = { [weak self] _ in
        _ = self?.state.withLock { $0.subscribers.removeValue(forKey: id) }
      }
    }
    if onlyPast {
      continuation.finish()
    } else if let until {
      let left = until.nanosecondsSince1970 - Timestamp.now().nanosecondsSince1970
      Task {
        try? await Task.sleep(for: .nanoseconds(left))
        continuation.finish()
      }
    }
    return EventStream(stream: stream, filter: filter)
  }
}

/// The events of one listener; ends when the listener goes away or `until` is reached.
public struct EventStream: AsyncSequence, Sendable {
  let stream: AsyncStream<EventMessage>
  let filter: EventFilter

  public struct AsyncIterator: AsyncIteratorProtocol {
    var iterator: AsyncStream<EventMessage>.Iterator
    let filter: EventFilter

    public mutating func next() async -> EventMessage? { await next(isolation: nil) }

    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(Never) -> EventMessage? {
      while let message = await iterator.next(isolation: actor) {
        if filter.matches(message) { return message }
      }
      return nil
    }
  }

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(iterator: stream.makeAsyncIterator(), filter: filter)
  }
}

/// `docker events --filter`.
struct EventFilter: Sendable {
  private let filters: Filters

  init(_ filters: Filters) { self.filters = filters }

  func matches(_ message: EventMessage) -> Bool {
    let attributes = message.actor.attributes
    return filters.matchesExactly("type", message.type) && filters.matchesExactly("scope", message.scope ?? "local")
      && matchesAction(message.action)
      && matchesObject("container", type: "container", message) && matchesObject("image", type: "image", message)
      && matchesObject("volume", type: "volume", message) && matchesObject("network", type: "network", message)
      && filters.matchesLabels("label", attributes)
  }

  /// `exec_create: sh -c true` is matched by `exec_create` too.
  private func matchesAction(_ action: String) -> Bool {
    let wanted = filters["event"]
    return wanted.isEmpty || wanted.contains { $0 == action || action.hasPrefix("\($0):") }
  }

  private func matchesObject(_ key: String, type: String, _ message: EventMessage) -> Bool {
    let wanted = filters[key]
    guard !wanted.isEmpty else { return true }
    if key == "image", message.type == "container" {
      return wanted.contains {
        message.actor.attributes["image"] == $0 || message.actor.attributes["image"]?.hasPrefix("\($0):") == true
      }
    }
    let related = message.actor.attributes[key]
    guard message.type == type || related != nil else { return false }
    let identifier = message.type == type ? message.actor.id : related ?? ""
    let name = message.actor.attributes["name"]
    return wanted.contains { identifier.hasPrefix($0) || name == $0 }
  }
}
