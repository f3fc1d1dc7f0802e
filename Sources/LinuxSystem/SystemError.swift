/// A system call that failed: what was attempted, on which path, and why.
///
/// `"open /etc/passwd: No such file or directory"`.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The call or the step, a lowercase verb phrase: `open`, `mount overlay`.
  public var operation: String
  public var errno: Errno
  public var path: String?

  public init(operation: String, errno: Errno, path: String? = nil) {
    self.operation = operation
    self.errno = errno
    self.path = path
  }

  public var description: String {
    guard let path, !path.isEmpty else { return "\(operation): \(errno)" }
    return "\(operation) \(path): \(errno)"
  }
}

/// Turns the `-errno` convention of `CLinux` into a thrown `SystemError`; otherwise answers the result.
@discardableResult
@inline(__always)
public func check<Result: SignedInteger & FixedWidthInteger>(
  _ result: Result, _ operation: @autoclosure () -> String, _ path: @autoclosure () -> String? = nil
) throws(SystemError) -> Result {
  if result < 0 {
    throw SystemError(operation: operation(), errno: Errno(Int32(truncatingIfNeeded: -result)), path: path())
  }
  return result
}
