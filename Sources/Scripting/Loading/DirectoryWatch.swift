import CLinux
import Glibc
import LinuxSystem
import Synchronization

/// Watches a folder and the folders in it (inotify(7)) and says when something has changed and all has been still
/// again for a while. A folder that does not exist yet is awaited through its nearest ancestor.
///
/// Sleeps in poll(2) on a thread of its own; nothing wakes it but a change or `stop`.
final class DirectoryWatch: Sendable {
  private let directory: String
  private let quiet: Duration
  private let changed: @Sendable () async -> Void
  private let stopEvent = Mutex<Int32>(-1)

  init(_ directory: String, quiet: Duration, changed: @escaping @Sendable () async -> Void) {
    self.directory = directory
    self.quiet = quiet
    self.changed = changed
  }

  /// From its return on no change is missed.
  func start() {
    let event = cl_eventfd(0, Int32(O_NONBLOCK | O_CLOEXEC))
    let notify = cl_inotify()
    guard event >= 0, notify >= 0 else {
      for descriptor in [event, notify] where descriptor >= 0 { close(descriptor) }
      return
    }
    watchAll(notify)
    stopEvent.withLock { $0 = event }
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 256 << 10)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Started(watch: self, notify: notify, stop: event))
    let result = pthread_create(
      &thread, &attributes,
      { context in
        guard let context else { return nil }
        let started = Unmanaged<Started>.fromOpaque(context).takeRetainedValue()
        started.watch.run(started.notify, until: started.stop)
        return nil
      }, context.toOpaque())
    if result != 0 {
      context.release()
      stopEvent.withLock { $0 = -1 }
      close(event)
      close(notify)
    }
    pthread_attr_destroy(&attributes)
  }

  func stop() {
    stopEvent.withLock { event in
      var one: UInt64 = 1
      if event >= 0 { _ = write(event, &one, 8) }
      event = -1
    }
  }

  private final class Started {
    let watch: DirectoryWatch
    let notify: Int32
    let stop: Int32
    init(watch: DirectoryWatch, notify: Int32, stop: Int32) {
      self.watch = watch
      self.notify = notify
      self.stop = stop
    }
  }

  private func run(_ notify: Int32, until stop: Int32) {
    defer {
      close(stop)
      close(notify)
    }
    var isDirty = false
    while true {
      var descriptors = [
        pollfd(fd: notify, events: Int16(POLLIN), revents: 0), pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
      ]
      let milliseconds = isDirty ? Int32(clamping: quiet.components.attoseconds / 1_000_000_000_000_000) : -1
      let ready = poll(&descriptors, 2, milliseconds)
      if descriptors[1].revents != 0 { return }
      if ready > 0 {
        var buffer = [UInt8](repeating: 0, count: 16384)
        while read(notify, &buffer, buffer.count) > 0 {}
        isDirty = true
      } else if ready == 0, isDirty {
        isDirty = false
        watchAll(notify)
        let changed = changed
        Task { await changed() }
      }
    }
  }

  private func watchAll(_ notify: Int32) {
    var folder = directory
    while !FileStatus.exists(folder), let slash = folder.lastIndex(of: "/") {
      folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
    }
    if folder == directory { add(folder, to: notify, depth: 0) } else { cl_inotify_watch(notify, folder) }
  }

  private func add(_ folder: String, to notify: Int32, depth: Int) {
    cl_inotify_watch(notify, folder)
    guard depth < 5, let names = try? Directory.names(folder) else { return }
    for name in names where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)"
      if (try? FileStatus.of(path).isDirectory) == true { add(path, to: notify, depth: depth + 1) }
    }
  }
}
