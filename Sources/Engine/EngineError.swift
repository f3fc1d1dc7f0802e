/// Why the engine refused or failed an operation, in words for the person who asked.
///
/// `EngineServer` maps the code to an HTTP status in one table; the message is what a Docker client prints after
/// "Error response from daemon:".
public struct EngineError: Error, Sendable {
  public struct Code: Sendable, Hashable {
    enum Value: String, Sendable {
      case invalidArgument, unauthorized, forbidden, notFound, conflict, notModified, unavailable, notImplemented
      case full, canceled, internalError
    }
    let value: Value
    private init(_ value: Value) { self.value = value }

    /// The request is malformed or asks for something impossible: 400.
    public static let invalidArgument = Code(.invalidArgument)
    /// Credentials are missing or wrong: 401.
    public static let unauthorized = Code(.unauthorized)
    /// A hook or a rule of the site denies it: 403.
    public static let forbidden = Code(.forbidden)
    /// No such object: 404.
    public static let notFound = Code(.notFound)
    /// The object is in a state that does not allow it, or a name is taken: 409.
    public static let conflict = Code(.conflict)
    /// Already so: 304.
    public static let notModified = Code(.notModified)
    /// Something needed is not there at the moment: 503.
    public static let unavailable = Code(.unavailable)
    /// Known to Docker and absent here: 501.
    public static let notImplemented = Code(.notImplemented)
    /// A disk, a pool or a quota is exhausted: 500, as Docker answers.
    public static let full = Code(.full)
    /// The caller went away.
    public static let canceled = Code(.canceled)
    /// The engine failed: 500.
    public static let internalError = Code(.internalError)
  }

  public var code: Code
  public var message: String
  public var cause: (any Error)?

  public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}

extension EngineError: CustomStringConvertible {
  public var description: String { message }
}

extension EngineError {
  static func noSuchContainer(_ reference: String) -> EngineError {
    EngineError(.notFound, "No such container: \(reference)")
  }

  /// Any error as an engine error; one that is not ours keeps its own words.
  static func wrap(_ error: any Error, _ doing: String? = nil) -> EngineError {
    if let error = error as? EngineError { return error }
    if error is CancellationError { return EngineError(.canceled, "the request was canceled", cause: error) }
    return EngineError(.internalError, doing.map { "\($0): \(error)" } ?? "\(error)", cause: error)
  }
}
