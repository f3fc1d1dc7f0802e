/// The answer to a create: `Warnings` is a list even when it is empty, as clients iterate over it.
public struct ContainerCreateResponse: Codable, Sendable, Hashable {
  public var id: String
  public var warnings: [String]

  public init(id: String = "", warnings: [String] = []) {
    self.id = id
    self.warnings = warnings
  }

  enum CodingKeys: String, CodingKey {
    case id = "Id"
    case warnings = "Warnings"
  }
}
