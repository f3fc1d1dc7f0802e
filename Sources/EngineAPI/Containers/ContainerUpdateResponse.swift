/// The answer to an update.
public struct ContainerUpdateResponse: Codable, Sendable, Hashable {
  public var warnings: [String]

  public init(warnings: [String] = []) {
    self.warnings = warnings
  }

  enum CodingKeys: String, CodingKey {
    case warnings = "Warnings"
  }
}
