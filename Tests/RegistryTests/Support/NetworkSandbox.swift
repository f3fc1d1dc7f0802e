import CLinux
import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A network namespace of one test: a loopback interface and nothing else.
///
/// Sockets belong to the namespace of the thread that made them, and threads inherit their maker's: an event loop
/// group made inside reaches only what listens inside. Names are connected to on the loop's thread, addresses on the
/// caller's: tests say `localhost`.
final class NetworkSandbox: Sendable {
  let group: MultiThreadedEventLoopGroup
  private let namespace: CInt

  init() throws {
    (namespace, group) = try Self.onOwnThread {
      let status = cl_unshare(networkNamespace)
      guard status >= 0 else { throw SandboxError("unshare", -status) }
      try Self.raiseLoopback()
      let namespace = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
      guard namespace >= 0 else { throw SandboxError("open netns", errno) }
      return (namespace, MultiThreadedEventLoopGroup(numberOfThreads: 1))
    }
  }

  func close() async {
    try? await group.shutdownGracefully()
    Glibc.close(namespace)
  }

  /// Runs `body` on a thread inside the namespace.
  @discardableResult
  func inside<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
    let namespace = namespace
    return try Self.onOwnThread {
      let status = cl_setns(namespace, networkNamespace)
      guard status >= 0 else { throw SandboxError("setns", -status) }
      return try body()
    }
  }

  private static func raiseLoopback() throws {
    let handle = socket(AF_INET, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard handle >= 0 else { throw SandboxError("socket", errno) }
    defer { Glibc.close(handle) }
    // struct ifreq: a name of 16 bytes, then the flags.
    var request = [UInt8](repeating: 0, count: 40)
    request.replaceSubrange(0..<2, with: Array("lo".utf8))
    request[16] = 0x41  // IFF_UP | IFF_RUNNING
    guard ioctl(handle, 0x8914, &request) == 0 else { throw SandboxError("SIOCSIFFLAGS", errno) }
  }

  private static func onOwnThread<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) throws -> Result {
    let cell = Cell<Swift.Result<Result, any Error>>()
    var thread = pthread_t()
    let box = Box { cell.set(Swift.Result { try body() }) }
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, Unmanaged.passRetained(box).toOpaque())
    guard status == 0 else { throw SandboxError("pthread_create", status) }
    pthread_join(thread, nil)
    guard let result = cell.take() else { throw SandboxError("thread ended without a result", 0) }
    return try result.get()
  }
}

/// CLONE_NEWNET
private let networkNamespace: CInt = 0x4000_0000

private final class Box: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private final class Cell<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  func set(_ new: Value) { value.withLock { $0 = new } }
  func take() -> Value? { value.withLock { $0 } }
}

struct SandboxError: Error, CustomStringConvertible {
  let description: String
  init(_ what: String, _ errno: CInt) { description = "\(what): \(String(cString: strerror(errno)))" }
}
