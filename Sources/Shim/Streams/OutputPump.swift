internal import CLinux
internal import LinuxSystem

/// Reads one output of a program and hands what comes to the log and to every client that wants it.
///
/// While a client's socket is full nothing is read: the program blocks in its write, as it would on a slow terminal.
final class OutputPump {
  /// Docker's stdcopy header.
  static let headerSize = 8
  static let readSize = 64 << 10

  let stream: LogWriter.Stream
  private var source: OwnedDescriptor?
  private unowned let io: ProcessIO
  private let loop: EventLoop
  private var watch: EventLoop.Watch?
  private(set) var isEnded = false
  private var isPaused = false
  /// Nothing was there at the last look.
  private(set) var isDrained = false

  init(
    _ source: consuming OwnedDescriptor, stream: LogWriter.Stream, io: ProcessIO, loop: EventLoop
  ) throws(SystemError) {
    self.stream = stream
    self.io = io
    self.loop = loop
    let descriptor = source.rawValue
    self.source = consume source
    try setNonBlocking(descriptor)
    watch = try loop.add(descriptor, .readable) { [weak self] _ in self?.pump() }
  }

  /// Follows whether a client that wants this stream is blocked.
  func updatePause() {
    let blocked = io.isBlocked(stream)
    guard blocked != isPaused else { return }
    isPaused = blocked
    guard let descriptor = source?.rawValue, !isEnded else { return }
    // A hang-up would be reported even with nothing asked for, again and again: not watched at all meanwhile.
    if blocked {
      if let watch { loop.remove(watch) }
      watch = nil
    } else {
      watch = try? loop.add(descriptor, .readable) { [weak self] _ in self?.pump() }
    }
  }

  /// Reads what is there, a few pieces at most.
  func pump() {
    for _ in 0..<8 {
      guard !isEnded, !isPaused, let descriptor = source?.rawValue else { return }
      let buffer = io.scratch.bytes
      let result = cl_read(descriptor, buffer.baseAddress?.advanced(by: Self.headerSize), Self.readSize)
      if result == -Int(Errno.interrupted.rawValue) { continue }
      if result == -Int(Errno.wouldBlock.rawValue) {
        isDrained = true
        return io.progressed()
      }
      // A terminal says EIO when its last user has closed it.
      guard result > 0 else { return end() }
      isDrained = false
      io.scratch.touch(Self.headerSize + result)
      io.deliver(UnsafeMutableRawBufferPointer(rebasing: buffer[..<(Self.headerSize + result)]), from: stream)
      // Less than there was room for: that was all for now.
      if result < Self.readSize / 16 {
        isDrained = true
        return io.progressed()
      }
    }
  }

  func end() {
    guard !isEnded else { return }
    isEnded = true
    if let watch { loop.remove(watch) }
    watch = nil
    source = nil
    io.log?.end(stream)
    io.progressed()
  }
}
