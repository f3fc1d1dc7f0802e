internal import CLinux
internal import LinuxSystem

/// The program's standard input: a pipe or a terminal's master. One piece of input waits here when the program is slow;
/// clients are not read meanwhile.
final class InputPipe {
  private enum State {
    /// The program does not exist yet; input waits in the clients' sockets.
    case expected
    case open
    case closed
  }

  private var state = State.expected
  private var descriptor: OwnedDescriptor?
  private let loop: EventLoop
  private let isTerminal: Bool
  /// The first client's end is the input's.
  private let endsWithClient: Bool
  private var watch: EventLoop.Watch?
  private var pending: [UInt8] = []
  private var sent = 0
  private var endsWhenDrained = false
  /// Called when `acceptsInput` may have changed.
  var onChange: () -> Void = {}

  init(loop: EventLoop, isTerminal: Bool, endsWithClient: Bool) {
    self.loop = loop
    self.isTerminal = isTerminal
    self.endsWithClient = endsWithClient
  }

  /// Whether clients are to be read: input for a closed pipe is read and dropped.
  var acceptsInput: Bool {
    switch state {
    case .expected: false
    case .open: pending.isEmpty
    case .closed: true
    }
  }

  func open(_ descriptor: consuming OwnedDescriptor) throws(SystemError) {
    try setNonBlocking(descriptor.rawValue)
    watch = try loop.add(descriptor.rawValue, []) { [weak self] events in self?.handle(events) }
    self.descriptor = consume descriptor
    state = .open
    if endsWhenDrained, pending.isEmpty { return close() }
    onChange()
  }

  func write(_ bytes: UnsafeRawBufferPointer) {
    guard state == .open, let number = descriptor?.rawValue else { return }
    let result = cl_write(number, bytes.baseAddress, bytes.count)
    if result == bytes.count { return }
    if result < 0, result != -Int(Errno.wouldBlock.rawValue), result != -Int(Errno.interrupted.rawValue) {
      return close()
    }
    pending = Array(bytes[max(0, result)...])
    sent = 0
    if let watch { loop.modify(watch, .writable) }
    onChange()
  }

  /// A client has no more input.
  func clientEnded() {
    // A terminal has no end of input but the character that its user types.
    guard endsWithClient, !isTerminal else { return }
    endsWhenDrained = true
    if state == .expected { return }
    if pending.isEmpty { close() }
  }

  func close() {
    if let watch { loop.remove(watch) }
    watch = nil
    pending = []
    descriptor = nil
    if state == .closed { return }
    state = .closed
    onChange()
  }

  private func handle(_ events: EventLoop.Events) {
    guard state == .open, let number = descriptor?.rawValue else { return }
    if events.contains(.writable), !pending.isEmpty {
      let result = pending.withUnsafeBytes { bytes in
        cl_write(number, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
      }
      if result == -Int(Errno.wouldBlock.rawValue) || result == -Int(Errno.interrupted.rawValue) { return }
      guard result >= 0 else { return close() }
      sent += result
      guard sent == pending.count else { return }
      pending = []
      sent = 0
      if let watch { loop.modify(watch, []) }
      if endsWhenDrained { return close() }
      return onChange()
    }
    // Nobody reads any more.
    if !events.isDisjoint(with: [.error, .hangUp]) { close() }
  }
}
