internal import CLinux
internal import ContainerRuntime
internal import LinuxSystem
internal import ShimProtocol

/// The standard streams of one program (the container's or an exec's), its log and its attached clients.
final class ProcessIO {
  /// After the program's end, how long an output that something else still holds open is waited for once all that was
  /// in it has been read.
  private static let quietTime = Duration.milliseconds(250)
  /// And how long clients that do not read may hold up the announcement of the end.
  private static let patience = Duration.seconds(10)

  private let loop: EventLoop
  private let isTerminal: Bool
  let input: InputPipe
  let log: LogWriter?
  let scratch: ScratchMemory
  private var pumps: [OutputPump] = []
  private var attachments: [Attachment] = []
  private var terminal: OwnedDescriptor?
  private var quiet: EventLoop.Timer?
  private var limit: EventLoop.Timer?
  private var onFinished: (() -> Void)?
  private var isFinished = false

  init(
    loop: EventLoop, scratch: ScratchMemory, log: LogWriter?, isTerminal: Bool, openStdin: Bool, stdinOnce: Bool
  ) {
    self.loop = loop
    self.scratch = scratch
    self.log = log
    self.isTerminal = isTerminal
    input = InputPipe(loop: loop, isTerminal: isTerminal, endsWithClient: stdinOnce)
    if !openStdin { input.close() }
    input.onChange = { [unowned self] in
      for attachment in attachments { attachment.updateWatch() }
    }
  }

  /// For what clients send: never in use at the same time as for output.
  var inputBuffer: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[..<(16 << 10)])
  }

  /// The pipes to a program that was just made.
  func connect(_ streams: consuming ProcessStreams) throws(SystemError) {
    if let stdin = streams.stdin.take() { try input.open(stdin) } else { input.close() }
    if let stdout = streams.stdout.take() {
      pumps.append(try OutputPump(stdout, stream: .stdout, io: self, loop: loop))
    }
    if let stderr = streams.stderr.take() {
      pumps.append(try OutputPump(stderr, stream: .stderr, io: self, loop: loop))
    }
  }

  /// The master of a program's terminal.
  func connect(terminal: consuming OwnedDescriptor, acceptsInput: Bool) throws(SystemError) {
    pumps.append(try OutputPump(try terminal.duplicate(), stream: .stdout, io: self, loop: loop))
    if acceptsInput { try input.open(try terminal.duplicate()) }
    self.terminal = consume terminal
  }

  func resize(width: UInt16, height: UInt16) throws(SystemError) {
    guard let descriptor = terminal?.rawValue else {
      throw SystemError(operation: "resize", errno: .notTerminal)
    }
    try check(cl_set_window_size(descriptor, height, width), "resize")
  }

  func attach(_ socket: consuming OwnedDescriptor, flags: AttachFlags) throws(SystemError) {
    let attachment = try Attachment(socket, flags: flags, io: self, loop: loop)
    attachments.append(attachment)
    if isFinished { attachment.finish() }
  }

  /// The program has ended: `finished` is called once everything that it wrote is in the log and with every client,
  /// or when waiting for that would not end.
  func programEnded(_ finished: @escaping () -> Void) {
    onFinished = finished
    input.close()
    for pump in pumps { pump.pump() }
    progressed()
    guard onFinished != nil else { return }
    limit = try? loop.after(Self.patience) { [weak self] in self?.giveUp() }
    if limit == nil { giveUp() }
  }

  /// Closes everything without waiting (a program that never started).
  func abandon() {
    onFinished = nil
    for attachment in attachments { attachment.close(shuttingDown: false) }
    finish()
  }

  // MARK: From the parts

  func deliver(_ frame: UnsafeMutableRawBufferPointer, from stream: LogWriter.Stream) {
    for attachment in attachments where attachment.wants(stream) {
      attachment.deliver(frame, from: stream, raw: isTerminal)
    }
    log?.append(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(frame)[OutputPump.headerSize...]), from: stream)
    for pump in pumps { pump.updatePause() }
  }

  func isBlocked(_ stream: LogWriter.Stream) -> Bool {
    attachments.contains { $0.isBlocked && $0.wants(stream) }
  }

  func unblocked() {
    for pump in pumps { pump.updatePause() }
    progressed()
  }

  func detached(_ attachment: Attachment) {
    attachments.removeAll { $0 === attachment }
    unblocked()
  }

  /// Something came to an end or to rest.
  func progressed() {
    guard onFinished != nil else { return }
    if pumps.allSatisfy(\.isEnded) { return finishAttachments() }
    if quiet == nil, isQuiet { quiet = try? loop.after(Self.quietTime) { [weak self] in self?.quietPassed() } }
  }

  // MARK: The end

  private var isQuiet: Bool { pumps.allSatisfy { $0.isEnded || $0.isDrained } }

  private func quietPassed() {
    quiet = nil
    guard onFinished != nil, isQuiet else { return }
    for pump in pumps { pump.end() }
  }

  private func giveUp() {
    guard onFinished != nil else { return }
    finish()
  }

  private func finishAttachments() {
    for attachment in attachments { attachment.finish() }
    if attachments.isEmpty { finish() }
  }

  private func finish() {
    guard !isFinished else { return }
    isFinished = true
    let finished = onFinished
    onFinished = nil
    quiet = nil
    limit = nil
    for pump in pumps { pump.end() }
    for attachment in attachments { attachment.close() }
    input.close()
    terminal = nil
    finished?()
  }
}
