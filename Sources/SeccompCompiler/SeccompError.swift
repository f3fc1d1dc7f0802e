/// A profile that cannot be compiled: which rule, and why.
public struct SeccompError: Error, Sendable, Hashable, CustomStringConvertible {
  public var message: String

  public init(_ message: String) { self.message = message }

  public var description: String { "seccomp profile: \(message)" }
}
