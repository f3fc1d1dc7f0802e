import CLinux

/// A process by descriptor (pidfd_open(2)): never another process that got the same number later.
///
/// The descriptor is readable when the process has ended.
public struct PIDDescriptor: ~Copyable, Sendable {
  public let descriptor: OwnedDescriptor

  public init(owning descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

  /// Opens a process by number; `ESRCH` when there is none.
  public init(pid: Int32) throws(SystemError) {
    descriptor = OwnedDescriptor(owning: try check(cl_pidfd_open(pid, 0), "pidfd_open", String(pid)))
  }

  public var rawValue: Int32 { descriptor.rawValue }

  /// Sends a signal; a process that has ended is `ESRCH`.
  public borrowing func send(_ signal: Signal) throws(SystemError) {
    try check(cl_pidfd_send_signal(rawValue, signal.rawValue), "signal \(signal)")
  }

  /// What remains of an ended child.
  public struct Ending: Sendable, Hashable {
    public var pid: Int32
    public var status: WaitStatus
    /// CPU time of the process and its waited-for children, microseconds.
    public var userMicroseconds: UInt64
    public var systemMicroseconds: UInt64
  }

  /// Reaps the process, which must be a child of this one; nil while it still runs (unless `wait`).
  public borrowing func reap(wait: Bool = false) throws(SystemError) -> Ending? {
    try Self.reap(kind: 3, id: rawValue, wait: wait)
  }

  /// Reaps any one ended child of this process; nil when none has ended. `ECHILD` without children.
  public static func reapAny(wait: Bool = false) throws(SystemError) -> Ending? {
    try reap(kind: 0, id: 0, wait: wait)
  }

  /// Reaps the child with this number; nil while it still runs (unless `wait`).
  public static func reap(pid: Int32, wait: Bool = false) throws(SystemError) -> Ending? {
    try reap(kind: 1, id: pid, wait: wait)
  }

  static func reap(kind: Int32, id: Int32, wait: Bool) throws(SystemError) -> Ending? {
    var result = cl_wait()
    var code: Int32
    repeat { code = cl_wait_exit(kind, id, wait, false, &result) } while code == -Errno.interrupted.rawValue
    try check(code, "waitid")
    guard result.pid != 0 else { return nil }
    let status: WaitStatus =
      result.exited != 0 ? .exited(code: result.value) : .signalled(Signal(result.value), coreDumped: result.core != 0)
    return Ending(
      pid: result.pid, status: status, userMicroseconds: result.user_microseconds,
      systemMicroseconds: result.system_microseconds)
  }
}
