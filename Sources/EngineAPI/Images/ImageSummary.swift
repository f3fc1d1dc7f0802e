/// One line of `GET /images/json`.
public struct ImageSummary: Codable, Sendable, Hashable {
  public var id: String
  public var parentId: String
  public var repoTags: [String]
  public var repoDigests: [String]
  /// Seconds since 1970.
  public var created: Int64
  public var size: Int64
  /// −1: not computed.
  public var sharedSize: Int64
  /// Sent to clients before API 1.44.
  public var virtualSize: Int64?
  public var labels: [String: String]?
  /// −1: not computed.
  public var containers: Int64
  public var descriptor: Descriptor?

  public init(
    id: String = "", parentId: String = "", repoTags: [String] = [], repoDigests: [String] = [], created: Int64 = 0,
    size: Int64 = 0, sharedSize: Int64 = -1, virtualSize: Int64? = nil, labels: [String: String]? = nil,
    containers: Int64 = -1, descriptor: Descriptor? = nil
  ) {
    self.id = id
    self.parentId = parentId
    self.repoTags = repoTags
    self.repoDigests = repoDigests
    self.created = created
    self.size = size
    self.sharedSize = sharedSize
    self.virtualSize = virtualSize
    self.labels = labels
    self.containers = containers
    self.descriptor = descriptor
  }

  enum CodingKeys: String, DockerKey {
    case id = "Id"
    case parentId = "ParentId"
    case repoTags = "RepoTags"
    case repoDigests = "RepoDigests"
    case created = "Created"
    case size = "Size"
    case sharedSize = "SharedSize"
    case virtualSize = "VirtualSize"
    case labels = "Labels"
    case containers = "Containers"
    case descriptor = "Descriptor"

    static let omittedWhenNil: Set<CodingKeys> = [.virtualSize, .descriptor]
  }
}
