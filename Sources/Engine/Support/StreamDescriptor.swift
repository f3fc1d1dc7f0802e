import Glibc
import Synchronization

/// One end of a connected stream socket, closed when nobody has taken it.
public final class StreamDescriptor: Sendable {
  fileprivate let descriptor: Mutex<Int32?>

  init(_ descriptor: Int32) { self.descriptor = Mutex(descriptor) }

  deinit {
    if let descriptor = descriptor.withLock({ $0 }) { close(descriptor) }
  }

  /// The descriptor, now the caller's to close; −1 when it was taken before.
  public func take() -> Int32 {
    descriptor.withLock { stored in
      defer { stored = nil }
      return stored ?? -1
    }
  }
}

extension StreamDescriptor {
  /// Gives a descriptor back that was taken for a while.
  func putBack(_ number: Int32) { descriptor.withLock { $0 = number } }
}

/// A client's connection to the streams of a container or an exec. Output is framed in Docker's multiplexed form unless
/// it comes from a terminal; the half-close of the client's side ends the program's input.
public struct AttachedStream: Sendable {
  public var descriptor: StreamDescriptor
  public var terminal: Bool
  /// What is to happen once the client has been told that the connection is a stream: a client may read that answer and
  /// the first output in one go and take both for the answer (docker-py on a pooled connection does).
  public var begin: (@Sendable () async -> Void)?

  init(descriptor: StreamDescriptor, terminal: Bool, begin: (@Sendable () async -> Void)? = nil) {
    self.descriptor = descriptor
    self.terminal = terminal
    self.begin = begin
  }
}
