/// The answer to `GET /volumes`.
public struct VolumeList: Codable, Sendable, Hashable {
  public var volumes: [Volume]?
  public var warnings: [String]?

  public init(volumes: [Volume]? = nil, warnings: [String]? = nil) {
    self.volumes = volumes
    self.warnings = warnings
  }

  enum CodingKeys: String, DockerKey {
    case volumes = "Volumes"
    case warnings = "Warnings"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}

/// What a prune of volumes removed.
public struct VolumesPruneReport: Codable, Sendable, Hashable {
  public var volumesDeleted: [String]?
  public var spaceReclaimed: UInt64

  public init(volumesDeleted: [String]? = nil, spaceReclaimed: UInt64 = 0) {
    self.volumesDeleted = volumesDeleted
    self.spaceReclaimed = spaceReclaimed
  }

  enum CodingKeys: String, DockerKey {
    case volumesDeleted = "VolumesDeleted"
    case spaceReclaimed = "SpaceReclaimed"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}
