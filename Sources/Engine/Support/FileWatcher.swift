import CLinux
import Glibc
import Synchronization

/// Tells when something in a directory changes: one inotify instance for the whole daemon.
final class FileWatcher: Sendable {
  private struct State {
    var listeners: [Int32: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    var next: UInt64 = 0
  }
  private let descriptor: Int32
  private let state = Mutex(State())

  init(reactor: Reactor) throws(EngineError) {
    descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    guard descriptor >= 0 else {
      throw EngineError(.internalError, "inotify_init1: \(String(cString: strerror(errno)))")
    }
    reactor.watch(descriptor, token: reactor.reserveToken()) { [weak self] _ in self?.ready() }
  }

  /// Yields after every change of a file in the directory; several changes may be one element.
  func changes(in directory: String) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let mask = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE_SELF)
    let watch = inotify_add_watch(descriptor, directory, mask)
    guard watch >= 0 else {
      continuation.finish()
      return stream
    }
    let id = state.withLock { state in
      state.next += 1
      state.listeners[watch, default: [:]][state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in self?.remove(watch, id) }
    return stream
  }

  private func remove(_ watch: Int32, _ id: UInt64) {
    let isLast = state.withLock { state in
      state.listeners[watch]?[id] = nil
      guard state.listeners[watch]?.isEmpty ?? false else { return false }
      state.listeners[watch] = nil
      return true
    }
    if isLast { inotify_rm_watch(descriptor, watch) }
  }

  private func ready() {
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return }
      var offset = 0
      var changed: Set<Int32> = []
      buffer.withUnsafeBytes { bytes in
        while offset + MemoryLayout<inotify_event>.size <= count {
          let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
          changed.insert(event.wd)
          offset += MemoryLayout<inotify_event>.size + Int(event.len)
        }
      }
      let listeners = state.withLock { state in changed.flatMap { state.listeners[$0].map { Array($0.values) } ?? [] } }
      for listener in listeners { listener.yield() }
    }
  }
}
