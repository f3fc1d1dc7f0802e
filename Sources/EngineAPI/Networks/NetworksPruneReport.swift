/// What a prune of networks removed.
public struct NetworksPruneReport: Codable, Sendable, Hashable {
  public var networksDeleted: [String]?

  public init(networksDeleted: [String]? = nil) {
    self.networksDeleted = networksDeleted
  }

  enum CodingKeys: String, DockerKey {
    case networksDeleted = "NetworksDeleted"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}
