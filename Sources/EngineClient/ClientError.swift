/// Why the daemon did not do what it was asked for.
public struct ClientError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// The address is no address, or one of a kind that is not supported.
    case address
    /// Nobody answers there.
    case unreachable
    /// The daemon answered with an error; `status` is its HTTP status.
    case refused
    /// The connection broke, or the answer is no HTTP.
    case broken
  }

  public var code: Code
  public var message: String
  public var status: Int?

  public init(_ code: Code, _ message: String, status: Int? = nil) {
    self.code = code
    self.message = message
    self.status = status
  }

  /// As the command line prints it; Docker's words for what came from the daemon.
  public var description: String {
    code == .refused ? "Error response from daemon: \(message)" : message
  }

  public var isNotFound: Bool { status == 404 }
}
