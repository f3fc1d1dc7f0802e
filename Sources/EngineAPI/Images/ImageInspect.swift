/// Everything about one image: `GET /images/{name}/json`.
public struct ImageInspect: Codable, Sendable, Hashable {
  public var id: String
  public var repoTags: [String]
  public var repoDigests: [String]
  public var parent: String
  public var comment: String
  public var created: String?
  public var dockerVersion: String
  public var author: String
  public var config: ImageConfig?
  public var architecture: String
  public var variant: String?
  public var os: String
  public var osVersion: String?
  public var size: Int64
  /// Sent to clients before API 1.44.
  public var virtualSize: Int64?
  public var graphDriver: GraphDriver
  public var rootFS: ImageRootFS
  public var metadata: ImageMetadata
  public var descriptor: Descriptor?

  public init(
    id: String = "", repoTags: [String] = [], repoDigests: [String] = [], parent: String = "", comment: String = "",
    created: String? = nil, dockerVersion: String = "", author: String = "", config: ImageConfig? = nil,
    architecture: String = "", variant: String? = nil, os: String = "", osVersion: String? = nil, size: Int64 = 0,
    virtualSize: Int64? = nil, graphDriver: GraphDriver = GraphDriver(), rootFS: ImageRootFS = ImageRootFS(),
    metadata: ImageMetadata = ImageMetadata(), descriptor: Descriptor? = nil
  ) {
    self.id = id
    self.repoTags = repoTags
    self.repoDigests = repoDigests
    self.parent = parent
    self.comment = comment
    self.created = created
    self.dockerVersion = dockerVersion
    self.author = author
    self.config = config
    self.architecture = architecture
    self.variant = variant
    self.os = os
    self.osVersion = osVersion
    self.size = size
    self.virtualSize = virtualSize
    self.graphDriver = graphDriver
    self.rootFS = rootFS
    self.metadata = metadata
    self.descriptor = descriptor
  }

  enum CodingKeys: String, CodingKey {
    case id = "Id"
    case repoTags = "RepoTags"
    case repoDigests = "RepoDigests"
    case parent = "Parent"
    case comment = "Comment"
    case created = "Created"
    case dockerVersion = "DockerVersion"
    case author = "Author"
    case config = "Config"
    case architecture = "Architecture"
    case variant = "Variant"
    case os = "Os"
    case osVersion = "OsVersion"
    case size = "Size"
    case virtualSize = "VirtualSize"
    case graphDriver = "GraphDriver"
    case rootFS = "RootFS"
    case metadata = "Metadata"
    case descriptor = "Descriptor"
  }
}

/// The uncompressed layers of an image, from the bottom.
public struct ImageRootFS: Codable, Sendable, Hashable, ZeroValue {
  public var type: String
  public var layers: [String]?

  public init(type: String = "layers", layers: [String]? = nil) {
    self.type = type
    self.layers = layers
  }

  public init() { self.init(type: "layers") }

  enum CodingKeys: String, CodingKey {
    case type = "Type"
    case layers = "Layers"
  }
}

/// What this engine alone knows of an image.
public struct ImageMetadata: Codable, Sendable, Hashable, ZeroValue {
  public var lastTagTime: String

  public init(lastTagTime: String = "0001-01-01T00:00:00Z") {
    self.lastTagTime = lastTagTime
  }

  public init() { self.init(lastTagTime: "0001-01-01T00:00:00Z") }

  enum CodingKeys: String, CodingKey {
    case lastTagTime = "LastTagTime"
  }
}
