/// An OCI content descriptor as the API shows it.
public struct Descriptor: Codable, Sendable, Hashable {
  public var mediaType: String
  public var digest: String
  public var size: Int64
  public var urls: [String]?
  public var annotations: [String: String]?
  public var data: String?
  public var platform: ImagePlatform?
  public var artifactType: String?

  public init(
    mediaType: String = "", digest: String = "", size: Int64 = 0, urls: [String]? = nil,
    annotations: [String: String]? = nil, data: String? = nil, platform: ImagePlatform? = nil,
    artifactType: String? = nil
  ) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
    self.urls = urls
    self.annotations = annotations
    self.data = data
    self.platform = platform
    self.artifactType = artifactType
  }

  enum CodingKeys: String, CodingKey {
    case mediaType
    case digest
    case size
    case urls
    case annotations
    case data
    case platform
    case artifactType
  }
}

/// The platform that an image is for.
public struct ImagePlatform: Codable, Sendable, Hashable {
  public var architecture: String
  public var os: String
  public var osVersion: String?
  public var osFeatures: [String]?
  public var variant: String?

  public init(
    architecture: String = "", os: String = "", osVersion: String? = nil, osFeatures: [String]? = nil,
    variant: String? = nil
  ) {
    self.architecture = architecture
    self.os = os
    self.osVersion = osVersion
    self.osFeatures = osFeatures
    self.variant = variant
  }

  enum CodingKeys: String, CodingKey {
    case architecture
    case os
    case osVersion = "os.version"
    case osFeatures = "os.features"
    case variant
  }
}
