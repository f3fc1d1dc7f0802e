/// What a prune of containers removed.
public struct ContainersPruneReport: Codable, Sendable, Hashable {
  public var containersDeleted: [String]?
  public var spaceReclaimed: UInt64

  public init(containersDeleted: [String]? = nil, spaceReclaimed: UInt64 = 0) {
    self.containersDeleted = containersDeleted
    self.spaceReclaimed = spaceReclaimed
  }

  enum CodingKeys: String, DockerKey {
    case containersDeleted = "ContainersDeleted"
    case spaceReclaimed = "SpaceReclaimed"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}
