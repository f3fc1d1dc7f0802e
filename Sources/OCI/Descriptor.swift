/// Points at some content: its type, digest and size in bytes (OCI descriptor.md).
public struct Descriptor: Sendable, Hashable, Codable {
  public var mediaType: MediaType
  public var digest: Digest
  /// Bytes of the content as stored and sent.
  public var size: Int64
  public var urls: [String]?
  public var annotations: [String: String]?
  public var platform: Platform?
  public var artifactType: String?

  enum CodingKeys: String, CodingKey {
    case mediaType, digest, size, urls, annotations, platform, artifactType
  }

  public init(
    mediaType: MediaType, digest: Digest, size: Int64, platform: Platform? = nil, annotations: [String: String]? = nil
  ) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
    self.urls = nil
    self.annotations = annotations
    self.platform = platform
    self.artifactType = nil
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    mediaType = try container.decode(MediaType.self, forKey: .mediaType)
    digest = try container.decode(Digest.self, forKey: .digest)
    size = try container.decode(Int64.self, forKey: .size)
    guard size >= 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .size, in: container, debugDescription: "size is negative: \(size)")
    }
    urls = try container.decodeIfPresent([String].self, forKey: .urls)
    annotations = try container.decodeIfPresent([String: String].self, forKey: .annotations)
    platform = try container.decodeIfPresent(Platform.self, forKey: .platform)
    artifactType = try container.decodeIfPresent(String.self, forKey: .artifactType)
  }
}
