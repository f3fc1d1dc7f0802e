import CLinux
import LinuxSystem

/// The clone that containers and execs share.
enum ProcessBirth {
  /// - Parameters:
  ///   - keep: the caller's descriptors that the new process needs besides its streams.
  ///   - enterPIDNamespace: an existing pid namespace the process is born in.
  ///   - body: runs in the new process.
  static func begin(
    new namespaces: NamespaceKinds, stdio: StandardStreams, cgroup: CgroupPlacement, sequence: InitReportSequence,
    keep: [Int32], enterPIDNamespace: Int32?, body: (InitChannel, ChildStreams) -> Never
  ) throws(RuntimeError) -> PendingProcess {
    var ends: [Int32] = [-1, -1]
    try step("init") { try check(cl_socketpair(Int32(CL_SOCK_SEQPACKET), &ends), "socketpair") }
    let creatorEnd = OwnedDescriptor(owning: ends[0])
    let processEnd = OwnedDescriptor(owning: ends[1])
    var pipes = try step("standard streams") { try PipeSet(stdio) }

    let ownPIDNamespace: Int32?
    if let enterPIDNamespace {
      ownPIDNamespace = try step("namespaces") { try OwnedDescriptor.open("/proc/self/ns/pid").release() }
      try step("namespaces") { try Namespace.enter(raw: enterPIDNamespace, .pid) }
    } else {
      ownPIDNamespace = nil
    }

    var pidfd: Int32 = -1
    let child = pipes.child
    let result = cl_clone3(namespaces.rawValue, &pidfd, Signal.child.rawValue, cgroup.descriptor ?? -1)
    if result == 0 {
      Self.closeAll(except: [0, 1, 2, processEnd.rawValue] + child.all + keep)
      body(InitChannel(processEnd.rawValue), child)
    }
    if let ownPIDNamespace {
      // Own namespace is always enterable again; a failure would only put later children into the wrong one.
      let back = cl_setns(ownPIDNamespace, Int32(truncatingIfNeeded: NamespaceKinds.pid.rawValue))
      _ = cl_close(ownPIDNamespace)
      if back < 0 {
        if result > 0 { _ = cl_kill(Int32(result), Signal.kill.rawValue) }
        throw RuntimeError(step: "namespaces", SystemError(operation: "setns", errno: Errno(-back)))
      }
    }
    try step("clone") { try check(result, "clone3") }
    processEnd.close()

    let pending = PendingProcess(
      pid: Int32(result), pidfd: OwnedDescriptor(owning: pidfd), control: creatorEnd, sequence: sequence,
      streams: pipes.takeCreatorEnds())
    do {
      try step("cgroup") { try cgroup.join?(pending.pid) }
      try pending.send(.proceed)
    } catch {
      pending.kill()
      _ = try? PIDDescriptor.reap(pid: pending.pid, wait: true)
      throw error
    }
    return pending
  }

  /// Closes every descriptor but these: what the creator has open is nothing a container may ever see through
  /// /proc/PID/fd (CVE-2024-21626).
  static func closeAll(except kept: [Int32]) {
    var next: UInt32 = 0
    for descriptor in Set(kept.filter { $0 >= 0 }).sorted() {
      if UInt32(descriptor) > next { _ = cl_close_range(next, UInt32(descriptor) - 1, 0) }
      next = UInt32(descriptor) + 1
    }
    _ = cl_close_range(next, .max, 0)
  }
}

/// The new process's ends of its standard streams.
struct ChildStreams: Sendable {
  var stdin: Int32 = -1
  var stdout: Int32 = -1
  var stderr: Int32 = -1
  /// Size of the terminal to open; nil: no terminal.
  var terminal: (width: UInt16, height: UInt16)?

  var all: [Int32] { [stdin, stdout, stderr] }
}

/// Both sides of the standard streams; the process's ends are closed with it, the creator's given away.
struct PipeSet: ~Copyable {
  let child: ChildStreams
  private var owned: DescriptorList
  private var creator: ProcessStreams?

  init(_ streams: StandardStreams) throws(SystemError) {
    var owned = DescriptorList()
    switch streams {
    case .terminal(let width, let height):
      child = ChildStreams(terminal: (width, height))
      creator = nil
    case .descriptors(let stdin, let stdout, let stderr):
      child = ChildStreams(stdin: stdin, stdout: stdout, stderr: stderr)
      creator = nil
    case .null:
      let null = try OwnedDescriptor.open("/dev/null", .readWrite)
      child = ChildStreams(stdin: null.rawValue, stdout: null.rawValue, stderr: null.rawValue)
      creator = nil
      owned.append(null)
    case .pipes(let wantsStdin):
      var child = ChildStreams()
      var creator = ProcessStreams(stdin: nil, stdout: nil, stderr: nil)
      if wantsStdin {
        let ends = try Self.pipe()
        child.stdin = ends.read
        owned.append(OwnedDescriptor(owning: ends.read))
        creator.stdin = OwnedDescriptor(owning: ends.write)
      } else {
        let null = try OwnedDescriptor.open("/dev/null", .readOnly)
        child.stdin = null.rawValue
        owned.append(null)
      }
      let output = try Self.pipe()
      child.stdout = output.write
      owned.append(OwnedDescriptor(owning: output.write))
      creator.stdout = OwnedDescriptor(owning: output.read)
      let errors = try Self.pipe()
      child.stderr = errors.write
      owned.append(OwnedDescriptor(owning: errors.write))
      creator.stderr = OwnedDescriptor(owning: errors.read)
      self.child = child
      self.creator = consume creator
    }
    self.owned = owned
  }

  mutating func takeCreatorEnds() -> ProcessStreams? { creator.take() }

  private static func pipe() throws(SystemError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    try check(cl_pipe2(&ends, Int32(CL_O_CLOEXEC)), "pipe")
    return (ends[0], ends[1])
  }
}
