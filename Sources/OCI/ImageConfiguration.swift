internal import JSON

/// What an image says about itself: how to run it, and of which layers it is made (OCI config.md with Docker's extras).
///
/// The bytes are what the digest, and so the image's id, is computed of: keep and send those, never an encoding of this.
public struct ImageConfiguration: Sendable, Hashable, Codable {
  /// RFC 3339, as written by the builder.
  public var created: String?
  public var author: String?
  public var architecture: String
  public var os: String
  public var osVersion: String?
  public var osFeatures: [String]?
  public var variant: String?
  public var config: Process?
  public var rootfs: RootFilesystem
  public var history: [History]?
  /// Docker's builder: the image this one was committed from.
  public var parent: String?
  public var comment: String?
  public var dockerVersion: String?
  /// Docker's classic builder: the container it was committed from.
  public var container: String?

  enum CodingKeys: String, CodingKey {
    case created, author, architecture, os, variant, config, rootfs, history, parent, comment, container
    case osVersion = "os.version"
    case osFeatures = "os.features"
    case dockerVersion = "docker_version"
  }

  public init(
    platform: Platform = .host, config: Process? = nil, diffIDs: [Digest], history: [History]? = nil,
    created: String? = nil, author: String? = nil, comment: String? = nil
  ) {
    self.created = created
    self.author = author
    self.architecture = platform.architecture
    self.os = platform.os
    self.variant = platform.variant
    self.config = config
    self.rootfs = RootFilesystem(diffIDs: diffIDs)
    self.history = history
    self.comment = comment
  }

  public var platform: Platform {
    Platform(os: os.isEmpty ? "linux" : os, architecture: architecture, variant: variant)
  }

  public static func decode(_ bytes: [UInt8]) throws(ManifestError) -> ImageConfiguration {
    do {
      return try JSON.decode(ImageConfiguration.self, from: bytes)
    } catch {
      throw .malformed("image configuration: \(error)")
    }
  }

  public func encoded() throws(ManifestError) -> [UInt8] {
    do {
      return try JSON.encode(self)
    } catch {
      throw .malformed("image configuration: \(error)")
    }
  }

  /// The content identity of each layer: the SHA-256 of its uncompressed tar, lowest layer first.
  public struct RootFilesystem: Sendable, Hashable, Codable {
    public var type: String
    public var diffIDs: [Digest]

    enum CodingKeys: String, CodingKey {
      case type
      case diffIDs = "diff_ids"
    }

    public init(diffIDs: [Digest]) {
      self.type = "layers"
      self.diffIDs = diffIDs
    }

    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      type = try container.decodeIfPresent(String.self, forKey: .type) ?? "layers"
      diffIDs = try container.decodeIfPresent([Digest].self, forKey: .diffIDs) ?? []
    }
  }

  /// One line of `docker history`, oldest first.
  public struct History: Sendable, Hashable, Codable {
    public var created: String?
    public var createdBy: String?
    public var author: String?
    public var comment: String?
    /// True for a step that made no layer.
    public var emptyLayer: Bool?

    enum CodingKeys: String, CodingKey {
      case created, author, comment
      case createdBy = "created_by"
      case emptyLayer = "empty_layer"
    }

    public init(
      created: String? = nil, createdBy: String? = nil, author: String? = nil, comment: String? = nil,
      emptyLayer: Bool? = nil
    ) {
      self.created = created
      self.createdBy = createdBy
      self.author = author
      self.comment = comment
      self.emptyLayer = emptyLayer
    }
  }
}
