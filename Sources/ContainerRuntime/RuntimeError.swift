public import LinuxSystem

/// Why a container or an exec could not be created or started.
public struct RuntimeError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: UInt8, Sendable, Hashable {
    /// The program does not exist (Docker's exit code 127).
    case programNotFound = 1
    /// The program is there but cannot be executed: permission, directory, format (126).
    case programNotExecutable = 2
    /// The configuration asks for what cannot be (unknown user, bad mount option, user namespace): the caller's mistake.
    case invalidConfiguration = 3
    /// The kernel refused a step.
    case system = 4
    /// The process ended before it had told why, or sent what it must not.
    case died = 5
  }

  public var kind: Kind
  /// The step that failed, as the files in InitSteps are named: `mounts`, `pivot root`, `exec`.
  public var step: String
  public var errno: Errno?
  /// Complete text for the user, without the step.
  public var message: String

  public init(_ kind: Kind, step: String, errno: Errno? = nil, _ message: String) {
    self.kind = kind
    self.step = step
    self.errno = errno
    self.message = message
  }

  public init(step: String, _ error: SystemError) {
    self.init(.system, step: step, errno: error.errno, error.description)
  }

  /// What a shell and Docker report for it: 127, 126, or 125 for everything that is not the program's fault.
  public var exitCode: Int32 {
    switch kind {
    case .programNotFound: 127
    case .programNotExecutable: 126
    case .invalidConfiguration, .system, .died: 125
    }
  }

  public var description: String {
    kind == .programNotFound || kind == .programNotExecutable ? message : "\(step): \(message)"
  }
}

/// Runs `body`; a `SystemError` in it becomes the error of `step`.
@discardableResult
func step<Result: ~Copyable>(_ name: String, _ body: () throws -> Result) throws(RuntimeError) -> Result {
  do { return try body() } catch let error as RuntimeError { throw error } catch let error as SystemError {
    throw RuntimeError(step: name, error)
  } catch {
    throw RuntimeError(.system, step: name, "\(error)")
  }
}
