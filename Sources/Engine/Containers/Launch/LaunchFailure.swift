import ShimProtocol

/// Why a container's program does not run, with the exit code that Docker's client ends with.
struct LaunchFailure {
  /// 127: no such program; 126: it cannot be executed; 128: anything else.
  var exitCode: Int32
  var message: String
  var engineError: EngineError

  init(_ error: any Error) {
    if let error = error as? ShimProtocolError {
      self.init(shim: error)
    } else if let error = error as? EngineError {
      self.init(exitCode: 128, message: error.message, engineError: error)
    } else {
      let wrapped = EngineError.wrap(error, "the container could not be started")
      self.init(exitCode: 128, message: wrapped.message, engineError: wrapped)
    }
  }

  private init(exitCode: Int32, message: String, engineError: EngineError) {
    self.exitCode = exitCode
    self.message = message
    self.engineError = engineError
  }

  /// Docker's clients read their exit code from the words of the message: "executable file not found" and "no such file
  /// or directory" are 127, "permission denied" is 126.
  private init(shim error: ShimProtocolError) {
    let message = "failed to create task for container: unable to start container process: \(error.message)"
    switch error.code {
    case .commandNotFound:
      self.init(exitCode: 127, message: message, engineError: EngineError(.invalidArgument, message, cause: error))
    case .commandNotExecutable:
      self.init(exitCode: 126, message: message, engineError: EngineError(.invalidArgument, message, cause: error))
    default:
      self.init(exitCode: 128, message: message, engineError: EngineError(.internalError, message, cause: error))
    }
  }
}
