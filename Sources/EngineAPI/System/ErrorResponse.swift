/// The body of every error.
public struct ErrorResponse: Codable, Sendable, Hashable {
  public var message: String

  public init(message: String = "") {
    self.message = message
  }

  enum CodingKeys: String, CodingKey {
    case message
  }
}
