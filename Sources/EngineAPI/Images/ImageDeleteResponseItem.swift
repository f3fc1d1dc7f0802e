/// One step of removing an image: a name taken away or a layer deleted.
public struct ImageDeleteResponseItem: Codable, Sendable, Hashable {
  public var untagged: String?
  public var deleted: String?

  public init(untagged: String? = nil, deleted: String? = nil) {
    self.untagged = untagged
    self.deleted = deleted
  }

  enum CodingKeys: String, CodingKey {
    case untagged = "Untagged"
    case deleted = "Deleted"
  }
}

/// What a prune of images removed.
public struct ImagesPruneReport: Codable, Sendable, Hashable {
  public var imagesDeleted: [ImageDeleteResponseItem]?
  public var spaceReclaimed: UInt64

  public init(imagesDeleted: [ImageDeleteResponseItem]? = nil, spaceReclaimed: UInt64 = 0) {
    self.imagesDeleted = imagesDeleted
    self.spaceReclaimed = spaceReclaimed
  }

  enum CodingKeys: String, DockerKey {
    case imagesDeleted = "ImagesDeleted"
    case spaceReclaimed = "SpaceReclaimed"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}
