import CLinux
import Glibc
import Synchronization

/// One thread that waits for descriptors (shim sockets, inotify) and calls whoever watches them: nothing in the daemon
/// polls. Handlers run on the reactor's thread and must not block.
final class Reactor: Sendable {
  typealias Handler = @Sendable (_ events: UInt32) -> Void

  private let epoll: Int32
  private struct Watches {
    var handlers: [UInt64: Handler] = [:]
    var next: UInt64 = 1
  }
  private let watches = Mutex(Watches())
  private enum Control {
    static let add: Int32 = 1
    static let remove: Int32 = 2
    static let modify: Int32 = 3
  }

  init() throws(EngineError) {
    epoll = cl_epoll_create()
    guard epoll >= 0 else {
      throw EngineError(.internalError, "epoll_create1: \(String(cString: strerror(-epoll)))")
    }
    startThread()
  }

  private func startThread() {
    var thread = pthread_t()
    let retained = Unmanaged.passRetained(self)
    pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Reactor>.fromOpaque(context).takeRetainedValue().loop() }
        return nil
      }, retained.toOpaque())
    pthread_detach(thread)
  }

  /// The name of a watch, known before its first event can come.
  func reserveToken() -> UInt64 {
    watches.withLock { watches in
      defer { watches.next += 1 }
      return watches.next
    }
  }

  /// Watches a descriptor; level-triggered. The watch must be removed before the descriptor is closed.
  func watch(
    _ descriptor: Int32, token: UInt64, events: UInt32 = UInt32(CL_EPOLLIN), _ handler: @escaping Handler
  ) {
    watches.withLock { $0.handlers[token] = handler }
    _ = cl_epoll_control(epoll, Control.add, descriptor, events, token)
  }

  func change(_ descriptor: Int32, token: UInt64, events: UInt32) {
    _ = cl_epoll_control(epoll, Control.modify, descriptor, events, token)
  }

  func remove(_ descriptor: Int32, token: UInt64) {
    _ = watches.withLock { $0.handlers.removeValue(forKey: token) }
    _ = cl_epoll_control(epoll, Control.remove, descriptor, 0, 0)
  }

  private func loop() {
    var events = [cl_event](repeating: cl_event(), count: 64)
    while true {
      let count = cl_epoll_wait(epoll, &events, Int32(events.count), -1)
      guard count > 0 else { continue }
      for event in events[0..<Int(count)] {
        let handler = watches.withLock { $0.handlers[event.data] }
        handler?(event.events)
      }
    }
  }
}
