/// The answer to a wait.
public struct ContainerWaitResponse: Codable, Sendable, Hashable {
  public var statusCode: Int
  public var error: ContainerWaitError?

  public init(statusCode: Int = 0, error: ContainerWaitError? = nil) {
    self.statusCode = statusCode
    self.error = error
  }

  enum CodingKeys: String, CodingKey {
    case statusCode = "StatusCode"
    case error = "Error"
  }
}

/// Why a wait could not tell the exit status.
public struct ContainerWaitError: Codable, Sendable, Hashable {
  public var message: String

  public init(message: String = "") {
    self.message = message
  }

  enum CodingKeys: String, CodingKey {
    case message = "Message"
  }
}
