internal import CLinux
internal import Cgroups
internal import ContainerRuntime
internal import LinuxSystem
internal import OCI
internal import ShimProtocol

/// One container's keeper: creates it, holds its streams, writes its log, runs execs in it and remembers how everything
/// ended until a daemon has recorded it. Lives on one thread; daemons come and go.
final class ContainerShim {
  let spec: LaunchSpec
  let loop: EventLoop
  let scratch = ScratchMemory(size: OutputPump.headerSize + OutputPump.readSize)
  let io: ProcessIO
  let group: Cgroup?
  let kept: KeptDescriptors
  private let listener: OwnedDescriptor

  var phase = ShimState.Phase.creating
  var pending: PendingProcess?
  var process: PIDDescriptor?
  var pid: Int32 = 0
  var startTime: UInt64 = 0
  var startedAt: Int64 = 0
  var isCreated = false
  var isNetworkReady = false
  var failure: RuntimeError?
  var exit: ExitStatus?
  var isOOMKilled = false
  var network = LentNetwork()
  /// Who asked to start, until the program is executed or has failed.
  var startReply: ((ShimResponse) -> Void)?
  var execs: [ShimExec] = []

  var controlWatch: EventLoop.Watch?
  var processWatch: EventLoop.Watch?
  var oomWatch: EventLoop.Watch?
  var oom: OOMWatch?
  /// The v2 directory, into which processes are born.
  var groupDirectory: SharedDescriptors.Shared?
  private var connections: [Connection] = []
  private var isEnding = false

  init(spec: LaunchSpec, control: consuming OwnedDescriptor, listener: consuming OwnedDescriptor) throws {
    self.spec = spec
    self.listener = listener
    loop = try EventLoop()
    kept = KeptDescriptors(labels: spec.keep)
    group = try spec.cgroup.map { Cgroup($0, in: try .discover()) }
    io = ProcessIO(
      loop: loop, scratch: scratch, log: LogWriter(spec.log), isTerminal: spec.stdio.terminal,
      openStdin: spec.stdio.openStdin, stdinOnce: spec.stdio.stdinOnce)
    io.log?.onFailure = { [unowned self] failure in broadcast(.logError(failure)) }
    loop.onIdle = { [unowned self] in
      scratch.release()
      io.log?.idle()
      cl_trim_heap()
      cl_release_stack()
    }
    try setNonBlocking(self.listener.rawValue)
    _ = try loop.add(self.listener.rawValue, .readable) { [unowned self] _ in accept() }
    // The daemon that launched this shim hears everything from the beginning.
    add(try Connection(control, loop: loop, isSubscribed: true))
  }

  /// Creates the container and serves until a daemon has acknowledged its end.
  func run() throws(SystemError) {
    create()
    try loop.run()
  }

  // MARK: Connections

  private func accept() {
    let flags: Int32 = 0o2000000 | 0o4000
    let result = cl_accept(listener.rawValue, flags)
    guard result >= 0 else { return }
    let socket = OwnedDescriptor(owning: result)
    var pid: pid_t = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    // The socket's directory is private; this holds should someone have opened it up.
    guard cl_peer_credentials(socket.rawValue, &pid, &uid, &gid) >= 0, uid == 0 else { return }
    if let connection = try? Connection(socket, loop: loop, isSubscribed: false) { add(connection) }
  }

  private func add(_ connection: Connection) {
    connection.onRequest = { [unowned self] connection, id, request, descriptors in
      handle(request, descriptors, from: connection) { response, lent in connection.respond(id, response, lent) }
      endIfAcknowledged()
    }
    connection.onClose = { [unowned self] closed in
      connections.removeAll { $0 === closed }
      endIfAcknowledged()
    }
    connections.append(connection)
  }

  func broadcast(_ event: ShimEvent, _ descriptors: SharedDescriptors = .none) {
    for connection in connections where connection.isSubscribed { connection.send(.event(event), descriptors) }
  }

  /// The end is recorded: goes once the answers are out.
  func end() { isEnding = true }

  private func endIfAcknowledged() {
    guard isEnding, connections.allSatisfy(\.isFlushed) else { return }
    loop.stop()
  }

  var state: ShimState {
    ShimState(
      id: spec.id, phase: phase, pid: pid, startTime: startTime, startedAt: startedAt, oomKilled: isOOMKilled,
      execs: execs.filter { $0.startedAt != 0 }.map { .init(id: $0.id, pid: $0.pid, exit: $0.exit) }, exit: exit,
      networkReady: isNetworkReady, kept: kept.labels, droppedLogLines: io.log?.droppedLines ?? 0)
  }
}

/// What a daemon borrows of the container's network namespace. Closed when the container ends: an open descriptor would
/// keep the namespace alive.
struct LentNetwork {
  var descriptors: [(kind: LentDescriptor, descriptor: SharedDescriptors.Shared)] = []

  mutating func add(_ kind: LentDescriptor, _ descriptor: consuming OwnedDescriptor) {
    descriptors.append((kind, SharedDescriptors.Shared(descriptor)))
  }

  func find(_ kind: LentDescriptor) -> SharedDescriptors.Shared? {
    descriptors.first { $0.kind == kind }?.descriptor
  }
}

/// Descriptors that a daemon gave to keep: sockets that reserve published ports.
final class KeptDescriptors {
  private var entries: [(label: String, descriptor: SharedDescriptors.Shared)] = []

  /// Takes over those that the shim was started with.
  init(labels: [String]) {
    for (index, label) in labels.enumerated() {
      let number = LaunchDescriptor.firstKept + Int32(index)
      let getFlags: Int32 = 1
      let setFlags: Int32 = 2
      guard cl_fcntl(number, getFlags, 0) >= 0 else { continue }
      _ = cl_fcntl(number, setFlags, 1)
      entries.append((label, SharedDescriptors.Shared(OwnedDescriptor(owning: number))))
    }
  }

  var labels: [String] { entries.map(\.label) }

  func keep(_ label: String, _ descriptor: consuming OwnedDescriptor) {
    entries.removeAll { $0.label == label }
    entries.append((label, SharedDescriptors.Shared(descriptor)))
  }

  func release(_ labels: [String]) { entries.removeAll { labels.contains($0.label) } }

  func releaseAll() { entries = [] }

  func find(_ label: String) -> SharedDescriptors.Shared? { entries.first { $0.label == label }?.descriptor }
}
