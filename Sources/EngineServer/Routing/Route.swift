import EngineAPI
import HTTPTypes

/// One endpoint as data: what the table, the tests and the documentation read.
struct Route: Sendable {
  enum Effect: Sendable, Hashable {
    /// Nothing that the gate is asked about: it looks, waits, or sets the size of a terminal.
    case reads
    /// Goes to the engine as one operation of this name, through the gate.
    case changes(String)
    /// Docker has it, Moonpool does not: 501 with the reason.
    case absent(String)
  }

  var method: HTTPRequest.Method
  /// `/containers/{id}/start`; `{name*}` stands for one or more segments.
  var path: String
  var effect: Effect
  /// Whether the work is of use only while the client listens: it is cancelled when the client goes away.
  var followsClient: Bool
  var handle: @Sendable (APIRequest) async throws -> Reply

  /// An endpoint that does not pass the gate.
  static func reads(
    _ method: HTTPRequest.Method, _ path: String, followsClient: Bool = false,
    _ handle: @escaping @Sendable (APIRequest) async throws -> Reply
  ) -> Route {
    Route(method: method, path: path, effect: .reads, followsClient: followsClient, handle: handle)
  }

  /// An endpoint that changes something, by one operation of the engine.
  static func changes(
    _ method: HTTPRequest.Method, _ path: String, _ operation: String, followsClient: Bool = false,
    _ handle: @escaping @Sendable (APIRequest) async throws -> Reply
  ) -> Route {
    Route(method: method, path: path, effect: .changes(operation), followsClient: followsClient, handle: handle)
  }

  /// An endpoint that Docker has and this engine does not.
  static func absent(_ method: HTTPRequest.Method, _ path: String, _ reason: String) -> Route {
    Route(method: method, path: path, effect: .absent(reason), followsClient: false) { _ in
      .error(.notImplemented, reason)
    }
  }
}
