import Drivers
import Glibc
import LinuxSystem

extension EngineError {
  /// What a driver or the executor of its plan says, with the status that a client expects.
  static func driver(_ error: any Error) -> EngineError {
    switch error {
    case let error as EngineError: return error
    case let error as DriverError:
      let code: Code =
        switch error.code {
        case .notFound: .notFound
        case .conflict: .conflict
        case .denied: .forbidden
        case .invalid: .invalidArgument
        case .full: .full
        case .timeout, .unreachable: .unavailable
        case .failed: .internalError
        }
      return EngineError(code, error.description, cause: error)
    case let error as PlanFailure:
      let code: Code =
        error.code == .conflict
        ? .conflict : error.code == .full ? .full : error.code == .notFound ? .notFound : .internalError
      return EngineError(code, error.description, cause: error)
    default: return EngineError.wrap(error)
    }
  }
}
