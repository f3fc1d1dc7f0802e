/// What went wrong, in a form that crosses the socket.
public struct ShimProtocolError: Error, Codable, Sendable, Hashable, CustomStringConvertible {
  /// Open set: a reader meets codes that it does not know.
  public struct Code: RawRepresentable, Codable, Sendable, Hashable {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Bytes that are no message, or a message whose body lacks a field.
    public static let malformed = Code(rawValue: "malformed")
    /// Sender and receiver have no protocol version in common.
    public static let version = Code(rawValue: "version")
    /// A request of a name that this shim does not know: it is older than the daemon.
    public static let unknownRequest = Code(rawValue: "unknown-request")
    public static let invalid = Code(rawValue: "invalid")
    public static let notFound = Code(rawValue: "not-found")
    /// Not in this phase of the container's life.
    public static let conflict = Code(rawValue: "conflict")
    /// The program does not exist in the container (Docker's exit code 127).
    public static let commandNotFound = Code(rawValue: "command-not-found")
    /// The program exists and cannot be executed (Docker's exit code 126).
    public static let commandNotExecutable = Code(rawValue: "command-not-executable")
    /// A system call failed; `errno` and `step` say which.
    public static let system = Code(rawValue: "system")
    /// The peer has gone.
    public static let disconnected = Code(rawValue: "disconnected")
  }

  public var code: Code
  public var message: String
  /// The step of the runtime that failed ("pivot-root", "exec", …).
  public var step: String?
  public var errno: Int32?

  public init(_ code: Code, _ message: String, step: String? = nil, errno: Int32? = nil) {
    self.code = code
    self.message = message
    self.step = step
    self.errno = errno
  }

  public var description: String { message }
}
