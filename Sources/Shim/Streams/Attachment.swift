internal import CLinux
internal import LinuxSystem
internal import ShimProtocol

/// One attached client: a stream socket that output goes to and input comes from.
final class Attachment {
  let flags: AttachFlags
  private let socket: OwnedDescriptor
  private unowned let io: ProcessIO
  private let loop: EventLoop
  private var watch: EventLoop.Watch?
  /// Output that the socket did not take yet: less than one read and its header.
  private var pending: [UInt8] = []
  private var sent = 0
  private var wantsInput: Bool
  private var isFinishing = false
  private(set) var isClosed = false

  init(
    _ socket: consuming OwnedDescriptor, flags: AttachFlags, io: ProcessIO, loop: EventLoop
  ) throws(SystemError) {
    self.socket = socket
    self.flags = flags
    self.io = io
    self.loop = loop
    wantsInput = flags.stdin
    try setNonBlocking(self.socket.rawValue)
    watch = try loop.add(self.socket.rawValue, []) { [weak self] events in self?.handle(events) }
    updateWatch()
  }

  var isBlocked: Bool { !pending.isEmpty }

  func wants(_ stream: LogWriter.Stream) -> Bool {
    !isClosed && !isFinishing && (stream == .stdout ? flags.stdout : flags.stderr)
  }

  /// Sends output. `frame` begins with 8 bytes of room for the header of a multiplexed stream.
  func deliver(_ frame: UnsafeMutableRawBufferPointer, from stream: LogWriter.Stream, raw: Bool) {
    let length = frame.count - OutputPump.headerSize
    var bytes = UnsafeRawBufferPointer(frame)
    if raw || flags.raw {
      bytes = UnsafeRawBufferPointer(rebasing: bytes[OutputPump.headerSize...])
    } else {
      frame[0] = stream == .stdout ? 1 : 2
      for index in 1..<4 { frame[index] = 0 }
      for index in 0..<4 { frame[4 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
    }
    guard pending.isEmpty else {
      pending.append(contentsOf: bytes)
      return
    }
    let written = send(bytes)
    guard !isClosed, written < bytes.count else { return }
    pending = Array(bytes[written...])
    sent = 0
    updateWatch()
  }

  /// No more output comes: closes when everything is sent.
  func finish() {
    isFinishing = true
    wantsInput = false
    if pending.isEmpty { close() } else { updateWatch() }
  }

  /// - Parameter shuttingDown: the client sees the end now, whatever descriptors of the socket are still around. Without
  ///   it the socket is the daemon's to use once more: to say why there was no program.
  func close(shuttingDown: Bool = true) {
    guard !isClosed else { return }
    isClosed = true
    pending = []
    if let watch { loop.remove(watch) }
    watch = nil
    let both: Int32 = 2
    if shuttingDown { _ = cl_shutdown(socket.rawValue, both) }
    io.detached(self)
  }

  /// Input is taken only while the program's standard input takes it.
  func updateWatch() {
    guard let watch else { return }
    var events: EventLoop.Events = []
    if wantsInput, io.input.acceptsInput { events.insert(.readable) }
    if !pending.isEmpty { events.insert(.writable) }
    loop.modify(watch, events)
  }

  private func handle(_ events: EventLoop.Events) {
    if events.contains(.writable), !pending.isEmpty { drain() }
    if !isClosed, events.contains(.readable), wantsInput { receive() }
    if !isClosed, !events.isDisjoint(with: [.hangUp, .error]) {
      // Both directions are shut: what is still to be read was read above, one piece at a time.
      if wantsInput, io.input.acceptsInput, cl_bytes_readable(socket.rawValue) > 0 { return }
      if wantsInput, io.input.acceptsInput { endInput() }
      close()
    }
  }

  private func drain() {
    let written = pending.withUnsafeBytes { send(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
    guard !isClosed else { return }
    sent += written
    guard sent == pending.count else { return }
    pending = []
    sent = 0
    if isFinishing { return close() }
    updateWatch()
    io.unblocked()
  }

  private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
    let doNotWait: Int32 = 0x40
    let result = cl_send_message(socket.rawValue, bytes.baseAddress, bytes.count, nil, 0, doNotWait)
    if result >= 0 { return result }
    if result == -Int(Errno.wouldBlock.rawValue) { return 0 }
    close()
    return 0
  }

  private func receive() {
    let buffer = io.inputBuffer
    let result = cl_read(socket.rawValue, buffer.baseAddress, buffer.count)
    if result > 0 { return io.input.write(UnsafeRawBufferPointer(rebasing: buffer[..<result])) }
    if result == -Int(Errno.wouldBlock.rawValue) || result == -Int(Errno.interrupted.rawValue) { return }
    if result < 0 { return close() }
    endInput()
    updateWatch()
  }

  private func endInput() {
    wantsInput = false
    io.input.clientEnded()
  }
}

/// O_NONBLOCK on this end; the other end of a pipe or a socket is another open file and stays as it is.
func setNonBlocking(_ descriptor: Int32) throws(SystemError) {
  let getFlags: Int32 = 3
  let setFlags: Int32 = 4
  let nonBlocking = 0o4000
  let flags = try check(cl_fcntl(descriptor, getFlags, 0), "fcntl")
  try check(cl_fcntl(descriptor, setFlags, Int(flags) | nonBlocking), "fcntl")
}
