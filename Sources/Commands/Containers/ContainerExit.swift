internal import EngineClient
internal import JSON

/// How a container's program ended, and what a client's own status becomes.
enum ContainerExit {
  /// Begins to wait: to be called before the start, so that no exit is missed.
  static func begin(_ id: String, condition: String, session: Session) throws -> EngineClient.Pending {
    try session.client().begin(
      Request(.post, "/containers/\(Request.segment(id))/wait", query: ["condition": condition]))
  }

  /// The status that a wait came to.
  static func status(of response: EngineClient.Response) throws -> Int32 {
    var status: Int32?
    try EngineClient.lines(of: response) { value in
      if let message = value["Error"]?["Message"]?.stringValue, !message.isEmpty {
        throw CommandFailure("error waiting for container: \(message)", status: 125)
      }
      status = value["StatusCode"]?.integerValue.map { Int32(truncatingIfNeeded: $0) }
    }
    guard let status else { throw ClientError(.broken, "the daemon went away before the container ended") }
    return status
  }

  /// 127 where the program is not there, 126 where it cannot be executed, 125 for all other failures of a start.
  static func statusOfFailedStart(_ message: String) -> Int32 {
    if message.includes("executable file not found") || message.includes("no such file or directory")
      || message.includes("system cannot find the file specified")
    {
      return 127
    }
    return message.includes("permission denied") || message.includes("is a directory") ? 126 : 125
  }
}
