/// The type of some content, kept as the registry wrote it.
///
/// Docker's schema 2 and the OCI's names mean the same formats; ask `kind` and `compression` rather than comparing.
public struct MediaType: Sendable, Hashable, RawRepresentable, Codable, ExpressibleByStringLiteral {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { self.rawValue = value }

  public init(from decoder: any Decoder) throws {
    rawValue = try decoder.singleValueContainer().decode(String.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }

  public static let ociManifest: MediaType = "application/vnd.oci.image.manifest.v1+json"
  public static let ociIndex: MediaType = "application/vnd.oci.image.index.v1+json"
  public static let ociConfiguration: MediaType = "application/vnd.oci.image.config.v1+json"
  public static let ociLayer: MediaType = "application/vnd.oci.image.layer.v1.tar"
  public static let ociLayerGzip: MediaType = "application/vnd.oci.image.layer.v1.tar+gzip"
  public static let ociLayerZstd: MediaType = "application/vnd.oci.image.layer.v1.tar+zstd"
  public static let dockerManifest: MediaType = "application/vnd.docker.distribution.manifest.v2+json"
  public static let dockerManifestList: MediaType = "application/vnd.docker.distribution.manifest.list.v2+json"
  public static let dockerConfiguration: MediaType = "application/vnd.docker.container.image.v1+json"
  public static let dockerLayer: MediaType = "application/vnd.docker.image.rootfs.diff.tar"
  public static let dockerLayerGzip: MediaType = "application/vnd.docker.image.rootfs.diff.tar.gzip"
  public static let dockerLayerZstd: MediaType = "application/vnd.docker.image.rootfs.diff.tar.zstd"
  public static let dockerForeignLayer: MediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
  public static let dockerManifestV1: MediaType = "application/vnd.docker.distribution.manifest.v1+json"
  public static let dockerManifestV1Signed: MediaType = "application/vnd.docker.distribution.manifest.v1+prettyjws"

  /// What a client accepts when it asks for a manifest, in order of preference: the value of `Accept`.
  public static let acceptedManifests: [MediaType] = [
    .dockerManifest, .dockerManifestList, .ociIndex, .ociManifest,
  ]

  public enum Kind: Sendable, Hashable { case manifest, index, configuration, layer, other }

  public var kind: Kind {
    switch self {
    case .ociManifest, .dockerManifest: return .manifest
    case .ociIndex, .dockerManifestList: return .index
    case .ociConfiguration, .dockerConfiguration: return .configuration
    default:
      let isLayer =
        rawValue.hasPrefix("application/vnd.oci.image.layer.")
        || rawValue.hasPrefix("application/vnd.docker.image.rootfs.")
      return isLayer ? .layer : .other
    }
  }

  /// How a layer is compressed, by its name. Readers look at the first bytes instead: some registries' names lie.
  public enum Compression: String, Sendable, Hashable, Codable { case none, gzip, zstd }

  public var compression: Compression {
    if rawValue.hasSuffix("+gzip") || rawValue.hasSuffix(".gzip") { return .gzip }
    if rawValue.hasSuffix("+zstd") || rawValue.hasSuffix(".zstd") { return .zstd }
    return .none
  }

  /// Layers that a registry does not hold: they are fetched from `urls` (Windows base layers).
  public var isForeign: Bool {
    // By components: `contains(String)` would link the regular expression engine (1.5 MB) into the static programs.
    rawValue.split(separator: ".").contains { $0 == "foreign" || $0 == "nondistributable" }
  }
}

extension MediaType: CustomStringConvertible {
  public var description: String { rawValue }
}
