public import LinuxSystem

/// What the kernel said to a request.
public struct NetlinkError: Error, Sendable, Hashable, CustomStringConvertible {
  /// "make veth mp3".
  public var operation: String
  public var errno: Errno
  /// The kernel's own words (extended acknowledgement), where it gave any.
  public var reason: String?

  public init(operation: String, errno: Errno, reason: String? = nil) {
    self.operation = operation
    self.errno = errno
    self.reason = reason
  }

  public var description: String {
    reason.map { "\(operation): \(errno) (\($0))" } ?? "\(operation): \(errno)"
  }
}
