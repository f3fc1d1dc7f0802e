/// How a process ended.
public enum WaitStatus: Sendable, Hashable {
  case exited(code: Int32)
  case signalled(Signal, coreDumped: Bool)

  /// The code a shell and Docker report: the exit code, or 128 and the signal's number.
  public var exitCode: Int32 {
    switch self {
    case .exited(let code): code
    case .signalled(let signal, _): 128 + signal.rawValue
    }
  }
}
