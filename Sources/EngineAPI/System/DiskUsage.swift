public import JSON

/// The answer to `GET /system/df`; a kind that was not asked for is null.
public struct DiskUsage: Codable, Sendable, Hashable {
  public var layersSize: Int64
  public var images: [ImageSummary]?
  public var containers: [ContainerSummary]?
  public var volumes: [Volume]?
  public var buildCache: [JSONValue]?
  public var builderSize: Int64?

  public init(
    layersSize: Int64 = 0, images: [ImageSummary]? = nil, containers: [ContainerSummary]? = nil,
    volumes: [Volume]? = nil, buildCache: [JSONValue]? = nil, builderSize: Int64? = 0
  ) {
    self.layersSize = layersSize
    self.images = images
    self.containers = containers
    self.volumes = volumes
    self.buildCache = buildCache
    self.builderSize = builderSize
  }

  enum CodingKeys: String, DockerKey {
    case layersSize = "LayersSize"
    case images = "Images"
    case containers = "Containers"
    case volumes = "Volumes"
    case buildCache = "BuildCache"
    case builderSize = "BuilderSize"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}
