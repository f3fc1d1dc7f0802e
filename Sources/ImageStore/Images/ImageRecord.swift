public import JSON
public import OCI

/// What the store remembers of an image.
public struct ImageRecord: Sendable, Hashable, Codable {
  public static let currentVersion = 1

  /// How an image came here.
  public enum Origin: String, Sendable, Hashable, Codable { case pull, load, build, `import`, commit }

  public var version: Int
  /// The digest of its configuration.
  public var id: Digest
  public var configuration: Descriptor
  /// The manifest for this platform, stored as it came.
  public var manifest: Descriptor
  /// Lowest first.
  public var layers: [LayerRecord]
  public var platform: Platform
  /// RFC 3339, from the configuration.
  public var created: String?
  public var labels: [String: String]
  /// The image it was built upon, where it was made here.
  public var parent: Digest?
  public var origin: Origin
  /// When it came here: seconds since 1970.
  public var recordedAt: Int64
  /// When a name was last given to it: seconds since 1970.
  public var taggedAt: Int64?

  enum CodingKeys: String, CodingKey {
    case version, id, configuration, manifest, layers, platform, created, labels, parent, origin, recordedAt, taggedAt
  }

  /// Bytes of all files of all layers.
  public var size: Int64 { layers.reduce(0) { $0 + $1.size } }
}

/// A layer of an image.
public struct LayerRecord: Sendable, Hashable, Codable {
  /// The layer with all below it: the name of its directory.
  public var chainID: Digest
  /// SHA-256 of the uncompressed tar.
  public var diffID: Digest
  /// The layer as a registry holds it.
  public var blob: Descriptor
  /// Bytes of its files.
  public var size: Int64
  /// Directories without an entry of their own, whose attributes are those of the layers below.
  public var impliedDirectories: [Bytes]?

  enum CodingKeys: String, CodingKey { case chainID, diffID, blob, size, impliedDirectories }
}

/// A name and what it stands for.
public struct ReferenceRecord: Sendable, Hashable, Codable {
  public static let currentVersion = 1

  public var version: Int
  public var reference: ImageReference
  /// The manifest or index that the registry has under this name.
  public var target: Descriptor
  public var image: Digest

  enum CodingKeys: String, CodingKey { case version, reference, target, image }

  public init(reference: ImageReference, target: Descriptor, image: Digest) {
    self.version = Self.currentVersion
    self.reference = reference
    self.target = target
    self.image = image
  }
}

/// An image with its names, as it is listed and inspected.
public struct ImageSummary: Sendable, Hashable {
  public var record: ImageRecord
  /// `nginx:latest`, sorted.
  public var repoTags: [String]
  /// `nginx@sha256:…`, sorted.
  public var repoDigests: [String]

  public var id: Digest { record.id }
  public var isDangling: Bool { repoTags.isEmpty }
}

/// An image whose layers stand ready.
public struct UnpackedImage: Sendable, Hashable {
  public var id: Digest
  public var configuration: ImageConfiguration
  /// Directories for overlayfs' `lowerdir`, the topmost first.
  public var layers: [String]
  public var chainIDs: [Digest]
}

/// A record that could not be read: moved aside, never deleted.
public struct QuarantinedRecord: Sendable, Hashable {
  public var path: String
  public var reason: String
}
