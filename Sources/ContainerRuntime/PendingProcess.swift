import CLinux
public import LinuxSystem

/// A process on its way to its program: a container's first process, or an exec.
///
/// Made by `CreateOperation.begin` and `ExecOperation.begin`, which do not wait for it. Whoever waits (an epoll loop)
/// watches `controlDescriptor` for input and calls `handle()` when there is some, until `.started` or an error:
///
///     let pending = try CreateOperation.begin(configuration)
///     …readable:  switch try pending.handle() {
///                 case .networkOpened:  lend pending.takeNetwork(), later pending.networkReady()
///                 case .terminalOpened: terminal = pending.takeTerminal()
///                 case .created:        try pending.start()
///                 case .started:        done: forget controlDescriptor, go on watching pidDescriptor
///                 case .waiting:        nothing yet }
///
/// After an error the process is already killed; its pidfd reports the end, and it must be reaped as usual.
public final class PendingProcess {
  public enum Progress: Sendable, Hashable {
    case waiting, networkOpened, terminalOpened, created, started
  }

  /// As seen from the creator's pid namespace.
  public let pid: Int32
  private var pidfd: PIDDescriptor?
  /// A second pidfd: the first may be given away, and the number, once reaped, be another process's.
  private let killDescriptor: Int32
  private var control: OwnedDescriptor
  private var sequence: InitReportSequence
  private var streams: ProcessStreams?
  private var network: NetworkDescriptors?
  private var terminal: OwnedDescriptor?

  init(
    pid: Int32, pidfd: consuming OwnedDescriptor, control: consuming OwnedDescriptor, sequence: InitReportSequence,
    streams: consuming ProcessStreams?
  ) {
    self.pid = pid
    killDescriptor = cl_dup_above(pidfd.rawValue, 3)
    self.pidfd = PIDDescriptor(owning: pidfd)
    self.control = control
    self.sequence = sequence
    self.streams = streams
  }

  /// Readable when there is something to `handle()`. Non-blocking reads are used on it.
  public var controlDescriptor: Int32 { control.rawValue }
  /// The pidfd's number while it is here: readable when the process has ended.
  public var pidDescriptor: Int32 { pidfd?.rawValue ?? -1 }

  /// Gives the pidfd away, once.
  public func takePIDDescriptor() -> PIDDescriptor? { pidfd.take() }
  /// Gives away the other ends of the pipes of `StandardStreams.pipes`, once; present from the beginning.
  public func takeStreams() -> ProcessStreams? { streams.take() }
  /// Gives away what came with `.networkOpened`, once.
  public func takeNetwork() -> NetworkDescriptors? { network.take() }
  /// Gives away the terminal's master that came with `.terminalOpened`, once.
  public func takeTerminal() -> OwnedDescriptor? { terminal.take() }

  /// Takes one message of the new process, if there is one. A failed process is killed before the error is thrown.
  public func handle() throws(RuntimeError) -> Progress { try handle(wait: false) }

  /// Waits until `wanted` is reached (for programs without an event loop).
  public func wait(for wanted: Progress) throws(RuntimeError) {
    while try handle(wait: true) != wanted {}
  }

  private func handle(wait: Bool) throws(RuntimeError) -> Progress {
    do { return try receive(wait: wait) } catch {
      kill()
      throw error
    }
  }

  private func receive(wait: Bool) throws(RuntimeError) -> Progress {
    var message: DescriptorPassing.Message
    do { message = try Self.next(control, wait: wait) } catch {
      if error.errno == .wouldBlock { return .waiting }
      throw RuntimeError(step: "init", error)
    }
    if message.isEnd {
      try sequence.end()
      return .started
    }
    guard let report = InitReport(message.bytes) else {
      throw RuntimeError(.died, step: "init", "the new process sent an unreadable message")
    }
    try sequence.accept(report)
    switch report {
    case .failed(let error): throw error
    case .created: return .created
    case .terminal:
      terminal = message.popFirstDescriptor()
      return .terminalOpened
    case .network:
      let netlink = message.popFirstDescriptor()
      let namespace = message.popFirstDescriptor()
      guard let netlink, let namespace else {
        throw RuntimeError(.died, step: "init", "the new process sent no network descriptors")
      }
      network = NetworkDescriptors(
        netlink: netlink, namespace: namespace, dnsUDP: message.popFirstDescriptor(),
        dnsTCP: message.popFirstDescriptor())
      return .networkOpened
    }
  }

  /// A process that ended without having read all that was sent to it resets the connection: the kernel says so once,
  /// before what the process had to say (unix(7), SEQPACKET), which is what counts.
  private static func next(
    _ control: borrowing OwnedDescriptor, wait: Bool
  ) throws(SystemError) -> DescriptorPassing.Message {
    do { return try DescriptorPassing.receive(limit: InitReport.limit, from: control, wait: wait) } catch {
      guard error.errno == .connectionReset else { throw error }
    }
    return try DescriptorPassing.receive(limit: InitReport.limit, from: control, wait: wait)
  }

  /// The network is wired: a container with `waitsForNetwork` goes on.
  public func networkReady() throws(RuntimeError) { try send(.networkReady) }

  /// Lets the created process execute its program. `.started` or the error come through `handle()`.
  public func start() throws(RuntimeError) {
    try sequence.start()
    try send(.start)
  }

  /// Kills the process, whatever it does now.
  public func kill() { _ = cl_pidfd_send_signal(killDescriptor, Signal.kill.rawValue) }

  deinit { _ = cl_close(killDescriptor) }

  func send(_ request: InitRequest) throws(RuntimeError) {
    do { try DescriptorPassing.send([request.rawValue], over: control) } catch {
      // The process may have failed and gone; what it had to say is still to be read and says more.
      if error.errno == .brokenPipe || error.errno == .connectionReset { return }
      throw RuntimeError(step: "init", error)
    }
  }
}

/// The creator's ends of a process's pipes. All are blocking and close-on-exec.
public struct ProcessStreams: ~Copyable, Sendable {
  /// To write to the program's standard input; nil when that is /dev/null.
  public var stdin: OwnedDescriptor?
  /// To read the program's output.
  public var stdout: OwnedDescriptor?
  public var stderr: OwnedDescriptor?
}

/// What a container opened inside its network namespace.
public struct NetworkDescriptors: ~Copyable, Sendable {
  /// A bound NETLINK_ROUTE socket: messages on it act inside.
  public var netlink: OwnedDescriptor
  /// The namespace itself (for `IFLA_NET_NS_FD`, setns).
  public var namespace: OwnedDescriptor
  /// Bound to 127.0.0.11:53, with `opensDNSSockets`.
  public var dnsUDP: OwnedDescriptor?
  /// Bound and listening.
  public var dnsTCP: OwnedDescriptor?
}
