internal import CLinux
internal import LinuxSystem

/// One thread's epoll (epoll(7)), level-triggered. Nothing in it sleeps but `run` when there is nothing to do.
final class EventLoop {
  struct Events: OptionSet {
    let rawValue: UInt32
    static let readable = Events(rawValue: 1)
    static let priority = Events(rawValue: 2)
    static let writable = Events(rawValue: 4)
    static let error = Events(rawValue: 8)
    /// Both directions are closed.
    static let hangUp = Events(rawValue: 16)
  }

  /// A descriptor that is being watched. Ended with `remove` before the descriptor is closed.
  struct Watch: Hashable {
    fileprivate let token: UInt64
    fileprivate let descriptor: Int32
  }

  private let epoll: OwnedDescriptor
  private var handlers: [UInt64: (Events) -> Void] = [:]
  private var nextToken: UInt64 = 1
  private var isStopped = false
  /// Called once when nothing has happened for a second after something has.
  var onIdle: () -> Void = {}

  init() throws(SystemError) {
    epoll = OwnedDescriptor(owning: try check(cl_epoll_create(), "epoll_create"))
  }

  func add(_ descriptor: Int32, _ events: Events, _ handler: @escaping (Events) -> Void) throws(SystemError) -> Watch {
    let watch = Watch(token: nextToken, descriptor: descriptor)
    nextToken += 1
    let add: Int32 = 1
    try check(cl_epoll_control(epoll.rawValue, add, descriptor, events.rawValue, watch.token), "epoll_ctl")
    handlers[watch.token] = handler
    return watch
  }

  /// Changes what is waited for; with nothing, only errors and hang-ups still come.
  func modify(_ watch: Watch, _ events: Events) {
    let modify: Int32 = 3
    _ = cl_epoll_control(epoll.rawValue, modify, watch.descriptor, events.rawValue, watch.token)
  }

  func remove(_ watch: Watch) {
    guard handlers.removeValue(forKey: watch.token) != nil else { return }
    let delete: Int32 = 2
    _ = cl_epoll_control(epoll.rawValue, delete, watch.descriptor, 0, 0)
  }

  /// Calls `body` once after `delay`.
  func after(_ delay: Duration, _ body: @escaping () -> Void) throws(SystemError) -> Timer {
    let timer = Timer(loop: self, descriptor: OwnedDescriptor(owning: try check(cl_timerfd(), "timerfd_create")))
    let (seconds, attoseconds) = delay.components
    try check(
      cl_timerfd_set(timer.descriptor.rawValue, UInt64(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)),
      "timerfd_settime")
    timer.watch = try add(timer.descriptor.rawValue, .readable) { [weak timer] _ in
      timer?.cancel()
      body()
    }
    return timer
  }

  func stop() { isStopped = true }

  /// Dispatches events until `stop()`.
  func run() throws(SystemError) {
    let capacity = 32
    var ready = [cl_event](repeating: cl_event(), count: capacity)
    var isSettled = false
    while !isStopped {
      let forever: Int32 = -1
      let count = cl_epoll_wait(epoll.rawValue, &ready, Int32(capacity), isSettled ? forever : 1000)
      if count == 0 {
        isSettled = true
        onIdle()
        continue
      }
      if count == -Errno.interrupted.rawValue { continue }
      try check(count, "epoll_wait")
      isSettled = false
      for event in ready.prefix(Int(count)) where !isStopped {
        // A handler before this one may have removed it.
        handlers[event.data]?(Events(rawValue: event.events))
      }
    }
  }

  final class Timer {
    fileprivate let descriptor: OwnedDescriptor
    fileprivate var watch: Watch?
    private weak var loop: EventLoop?

    fileprivate init(loop: EventLoop, descriptor: consuming OwnedDescriptor) {
      self.loop = loop
      self.descriptor = descriptor
    }

    deinit { cancel() }

    func cancel() {
      if let watch { loop?.remove(watch) }
      watch = nil
    }
  }
}
