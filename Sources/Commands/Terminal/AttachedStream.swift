internal import CLinux
internal import EngineClient
internal import Glibc
internal import LinuxSystem

/// A hijacked connection coupled with the user's terminal or pipes until one side ends.
///
/// One loop over poll(2): standard input, the connection and signals. Neither side can hold up the other: input waits
/// while the program does not read, and output goes on meanwhile.
struct AttachedStream {
  enum Ending: Hashable { case closed, detached }

  var connection: HTTPConnection
  /// The container has a terminal: no frames, keys pass as they are.
  var isTerminal: Bool
  var input: CInt?
  var output: TextWriter?
  var errors: TextWriter?
  var detachKeys = DetachKeys.standard
  /// Signals to hand on; they are blocked when the stream runs.
  var signals: SignalReceiver?
  var forward: (Signal) -> Void = { _ in }
  var resized: (Terminal.Size) -> Void = { _ in }

  static let mostPending = 64 * 1024

  func run() throws -> Ending {
    var filter = DetachFilter(detachKeys)
    var frames = StreamDemultiplexer()
    var pending: [UInt8] = []
    var isInputOpen = input != nil
    var isEndSent = false
    while connection.hasBufferedBytes {
      guard try receive(&frames) else { return .closed }
    }
    while true {
      if !isInputOpen, pending.isEmpty, !isEndSent, input != nil {
        connection.endWriting()
        isEndSent = true
      }
      var waits = [
        pollfd(
          fd: connection.descriptor, events: Int16(POLLIN) | (pending.isEmpty ? 0 : Int16(POLLOUT)), revents: 0),
        pollfd(
          fd: isInputOpen && pending.count < Self.mostPending ? input ?? -1 : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&waits, nfds_t(waits.count), -1) >= 0 else {
        if errno == EINTR { continue }
        throw ClientError(.broken, "poll: \(Errno(errno))")
      }
      if waits[2].revents != 0 { handleSignals() }
      if waits[0].revents & Int16(POLLOUT) != 0 {
        guard let count = connection.sendWithoutWaiting(pending) else { isInputOpen = false; pending = []; continue }
        pending.removeFirst(count)
      }
      if waits[0].revents & ~Int16(POLLOUT) != 0 {
        guard try receive(&frames) else { return .closed }
      }
      if waits[1].revents != 0, let input {
        let bytes = Self.read(input)
        if bytes.isEmpty {
          isInputOpen = false
        } else if isTerminal {
          let (passed, isDetached) = filter.feed(bytes)
          pending += passed
          if isDetached { return .detached }
        } else {
          pending += bytes
        }
      }
    }
  }

  private func receive(_ frames: inout StreamDemultiplexer) throws -> Bool {
    guard let bytes = try connection.readBody() else { return false }
    if isTerminal {
      output?.write(bytes)
    } else {
      try frames.feed(bytes) { stream, part in
        switch stream {
        case .output: output?.write(part)
        case .errors: errors?.write(part)
        }
      }
    }
    output?.flush()
    errors?.flush()
    return true
  }

  private func handleSignals() {
    for signal in signals?.take() ?? [] {
      if signal == .windowChange {
        if let size = Terminal.size(of: STDOUT_FILENO) ?? Terminal.size(of: STDIN_FILENO) { resized(size) }
      } else {
        forward(signal)
      }
    }
  }

  private static func read(_ descriptor: CInt) -> [UInt8] {
    while true {
      var count = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: 32 * 1024) { buffer, initialized in
        count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        initialized = max(count, 0)
      }
      if count >= 0 || (errno != EINTR && errno != EAGAIN) { return bytes }
      if errno == EAGAIN {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&wanted, 1, -1)
      }
    }
  }
}
