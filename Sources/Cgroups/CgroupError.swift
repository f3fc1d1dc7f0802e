internal import LinuxSystem

/// A file of the cgroup hierarchy could not be read, written or made: which, why, and what to do where that is known.
public struct CgroupError: Error, Sendable, Hashable, CustomStringConvertible {
  public var message: String
  /// The errno, 0 where no system call failed.
  public var errno: Int32

  public init(_ message: String, errno: Int32 = 0) {
    self.message = message
    self.errno = errno
  }

  init(_ action: String, _ path: String, _ number: Int32) {
    self.init("\(action) \(path): \(Errno(number))", errno: number)
  }

  public var description: String { message }
}
