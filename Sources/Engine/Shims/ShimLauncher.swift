import CLinux
import Glibc
import LinuxSystem
import ShimProtocol

/// Starts shims, and finds those that a former daemon started.
final class ShimLauncher: Sendable {
  let execRoot: String
  private let shimPath: String
  /// The shim's program behind a read-only seal, opened once: a container that gets hold of its shim's executable
  /// through /proc cannot write to the host's file (CVE-2019-5736), and no shim has to seal itself again.
  private let program: OwnedDescriptor
  private let reactor: Reactor
  private let pool: BlockingPool

  init(shimPath: String, execRoot: String, reactor: Reactor, pool: BlockingPool) throws {
    self.shimPath = shimPath
    self.execRoot = execRoot
    self.reactor = reactor
    self.pool = pool
    program = try SealedProgram.open(shimPath)
  }

  func runDirectory(_ id: String) -> String { "\(execRoot)/containers/\(id)" }
  func socketPath(_ id: String) -> String { "\(runDirectory(id))/shim.sock" }
  func exitFile(_ id: String) -> String { "\(runDirectory(id))/exit" }

  struct Launched: Sendable {
    var connection: ShimConnection
    var pid: Int32
  }

  func launch(_ spec: LaunchSpec) async throws -> Launched {
    let launcher = self
    let (socket, pid) = try await pool.run { try launcher.launchBlocking(spec) }
    return Launched(connection: ShimConnection(socket: socket, reactor: reactor), pid: pid)
  }

  private func launchBlocking(_ spec: LaunchSpec) throws -> (socket: Int32, pid: Int32) {
    try Directory.makeAll(runDirectory(spec.id), mode: 0o700)
    let memory = try MemoryFile.create("moonpool-spec")
    try memory.writeAll(spec.encoded())

    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, seqpacket, 0, &ends) == 0 else { throw failed("socketpair") }
    let ours = OwnedDescriptor(owning: ends[0])
    let theirs = OwnedDescriptor(owning: ends[1])
    let listener = try listen(at: socketPath(spec.id))

    let null = try OwnedDescriptor.open("/dev/null", .readWrite)
    let mappings = [
      cl_descriptor_mapping(source: null.rawValue, target: 0), cl_descriptor_mapping(source: null.rawValue, target: 1),
      cl_descriptor_mapping(source: null.rawValue, target: 2),
      cl_descriptor_mapping(source: theirs.rawValue, target: LaunchDescriptor.control),
      cl_descriptor_mapping(source: memory.rawValue, target: LaunchDescriptor.spec),
      cl_descriptor_mapping(source: listener.rawValue, target: LaunchDescriptor.listener),
    ]
    let pid = withCStrings(["moonpool-shim", "run", spec.id]) { arguments in
      withCStrings(["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]) { environment in
        cl_launch("/proc/\(getpid())/fd/\(program.rawValue)", arguments, environment, mappings, mappings.count, "/")
      }
    }
    guard pid > 0 else {
      throw EngineError(
        .internalError,
        "cannot start the container's shim \(shimPath): \(String(cString: strerror(-pid))); is it installed?")
    }
    return (ours.release(), pid)
  }

  private var seqpacket: Int32 {
    Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
  }

  private func failed(_ operation: String) -> SystemError {
    SystemError(operation: operation, errno: Errno(errno))
  }

  /// A listening socket at a path that may be longer than sun_path: bound through its directory's descriptor.
  private func listen(at path: String) throws -> OwnedDescriptor {
    unlink(path)
    let socket = OwnedDescriptor(owning: Glibc.socket(AF_UNIX, seqpacket, 0))
    guard socket.rawValue >= 0 else { throw failed("socket") }
    let bound = try withAddress(of: path) { Glibc.bind(socket.rawValue, $0, $1) }
    guard bound == 0, Glibc.listen(socket.rawValue, 16) == 0 else { throw failed("bind \(path)") }
    return socket
  }

  /// Connects to the shim that a former daemon launched; nil when none listens there any more.
  func connect(_ id: String) async throws -> ShimConnection? {
    let launcher = self
    let socket = try await pool.run { try launcher.connectBlocking(id) }
    return socket.map { ShimConnection(socket: $0, reactor: reactor) }
  }

  private func connectBlocking(_ id: String) throws -> Int32? {
    guard FileStatus.exists(socketPath(id)) else { return nil }
    let socket = OwnedDescriptor(owning: Glibc.socket(AF_UNIX, seqpacket, 0))
    guard socket.rawValue >= 0 else { throw failed("socket") }
    let connected = try withAddress(of: socketPath(id)) { Glibc.connect(socket.rawValue, $0, $1) }
    guard connected == 0 else { return nil }
    return socket.release()
  }

  private func withAddress(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws -> Int32 {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let directory = try OwnedDescriptor.open(String(path[..<slash]), [.path, .directory])
    let short = "/proc/self/fd/\(directory.rawValue)" + path[slash...]
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { space in
      for (index, byte) in short.utf8.prefix(space.count - 1).enumerated() { space[index] = byte }
    }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  /// What a shim that is gone left about the container's end.
  func readExit(_ id: String) async throws -> ExitStatus? {
    let path = exitFile(id)
    return try await pool.run {
      guard FileStatus.exists(path) else { return nil }
      return try ExitRecord(decoding: File.read(path)).status
    }
  }

  /// Forgets the run: exit file, socket and directory.
  func removeRunDirectory(_ id: String) async throws {
    let path = runDirectory(id)
    try await pool.run { try Directory.removeAll(path) }
  }
}

/// A null-terminated array of C strings for the duration of a call.
func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var copies = strings.map { strdup($0) }
  copies.append(nil)
  defer { for copy in copies { free(copy) } }
  return copies.withUnsafeBufferPointer { buffer in
    // The array ends with nil and is never empty, so it has a base address.
    guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has no address") }
    return body(base)
  }
}
