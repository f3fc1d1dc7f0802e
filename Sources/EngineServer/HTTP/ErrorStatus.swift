import Engine
import EngineAPI
import HTTPTypes
import JSON
import NIOCore
import NIOHTTP1

extension EngineError.Code {
  /// The one table from the engine's codes to HTTP.
  var status: HTTPResponse.Status {
    switch self {
    case .invalidArgument: .badRequest
    case .unauthorized: .unauthorized
    case .forbidden: .forbidden
    case .notFound: .notFound
    case .conflict: .conflict
    case .notModified: .notModified
    case .unavailable: .serviceUnavailable
    case .notImplemented: .notImplemented
    case .canceled: HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")
    default: .internalServerError
    }
  }
}

extension Reply {
  /// Docker's error body: `{"message": "…"}`.
  static func error(_ status: HTTPResponse.Status, _ message: String) -> Reply {
    guard status != .notModified else { return Reply(status: .notModified) }
    let body = JSON.write(["message": .string(message)]) + [UInt8(ascii: "\n")]
    return Reply(
      status: status, headers: [.contentType: "application/json"], content: .bytes(ByteBuffer(bytes: body)))
  }

  /// The answer for whatever a route threw.
  static func error(_ error: any Error) -> Reply {
    switch error {
    case let error as EngineError: .error(error.code.status, error.message)
    case let error as BodyTooLong: .error(.contentTooLarge, error.error.message)
    case let error as InvalidValue: .error(.badRequest, error.message)
    case let error as JSONError: .error(.badRequest, "\(error)")
    case let error as HTTPParserError: .error(.badRequest, "malformed request: \(error)")
    case is CancellationError: .error(EngineError.Code.canceled.status, "the request was canceled")
    default: .error(.internalServerError, "\(error)")
    }
  }
}
