internal import JSON

/// The manifest of one image for one platform: its configuration and its layers, lowest first.
///
/// OCI image-manifest.md and Docker's schema 2 have the same shape.
public struct ImageManifest: Sendable, Hashable, Codable {
  /// More than any builder makes (overlayfs itself ends at 500 lower directories).
  public static let mostLayers = 500

  public var schemaVersion: Int
  public var mediaType: MediaType?
  public var artifactType: String?
  public var config: Descriptor
  public var layers: [Descriptor]
  public var annotations: [String: String]?
  public var subject: Descriptor?

  enum CodingKeys: String, CodingKey {
    case schemaVersion, mediaType, artifactType, config, layers, annotations, subject
  }

  public init(
    mediaType: MediaType = .ociManifest, config: Descriptor, layers: [Descriptor], annotations: [String: String]? = nil
  ) {
    self.schemaVersion = 2
    self.mediaType = mediaType
    self.config = config
    self.layers = layers
    self.annotations = annotations
  }

  /// Reads a manifest from the registry's bytes. `contentType` is what the registry called it.
  public static func decode(_ bytes: [UInt8], contentType: MediaType? = nil) throws(ManifestError) -> ImageManifest {
    let manifest: ImageManifest
    do {
      manifest = try JSON.decode(ImageManifest.self, from: bytes)
    } catch {
      throw .malformed("\(error)")
    }
    guard manifest.schemaVersion == 2 else { throw .unsupportedSchema(manifest.schemaVersion) }
    if let named = manifest.mediaType, named.kind != .manifest { throw .unexpectedType(named) }
    if let named = manifest.mediaType, let contentType, contentType.kind == .index || contentType.kind == .manifest,
      named != contentType
    {
      throw .mismatchedType(body: named, header: contentType)
    }
    guard manifest.layers.count <= mostLayers else { throw .tooManyLayers(manifest.layers.count) }
    return manifest
  }

  public func encoded() throws(ManifestError) -> [UInt8] {
    do {
      return try JSON.encode(self)
    } catch {
      throw .malformed("\(error)")
    }
  }

  /// Whether it describes a runnable image rather than an artifact (a signature, a chart, an attestation).
  public var isImage: Bool { config.mediaType.kind == .configuration }
}

/// What a registry answers for a name: one image, or one image for each of several platforms.
public enum ManifestDocument: Sendable, Hashable {
  case manifest(ImageManifest)
  case index(ImageIndex)

  /// Tells the two apart by the registry's content type, then by the body's `mediaType`, then by its shape.
  ///
  /// A body with both `manifests` and `layers` or `config` is refused (CVE-2021-41190: one digest, two meanings).
  public static func decode(_ bytes: [UInt8], contentType: MediaType? = nil) throws(ManifestError) -> ManifestDocument {
    let value: JSONValue
    do {
      value = try JSON.parse(bytes)
    } catch {
      throw .malformed("\(error)")
    }
    let isIndexShaped = value["manifests"] != nil
    let isManifestShaped = value["layers"] != nil || value["config"] != nil
    guard !(isIndexShaped && isManifestShaped) else { throw .ambiguous }
    let named = value["mediaType"]?.stringValue.map(MediaType.init(rawValue:))
    if contentType == .dockerManifestV1 || contentType == .dockerManifestV1Signed
      || value["schemaVersion"]?.integerValue == 1
    {
      throw .unsupportedSchema(1)
    }
    switch (contentType?.kind, named?.kind) {
    case (.index, _), (_, .index): return .index(try ImageIndex.decode(bytes, contentType: contentType))
    case (.manifest, _), (_, .manifest): return .manifest(try ImageManifest.decode(bytes, contentType: contentType))
    default:
      if let named { throw .unexpectedType(named) }
      if isIndexShaped { return .index(try ImageIndex.decode(bytes)) }
      if isManifestShaped { return .manifest(try ImageManifest.decode(bytes)) }
      throw .malformed("neither \"manifests\" nor \"layers\" is present")
    }
  }
}

public enum ManifestError: Error, Sendable, Hashable, CustomStringConvertible {
  case malformed(String)
  case unsupportedSchema(Int)
  case unexpectedType(MediaType)
  case mismatchedType(body: MediaType, header: MediaType)
  case ambiguous
  case tooManyLayers(Int)
  case noMatchingPlatform(wanted: Platform, offered: [Platform])

  public var description: String {
    switch self {
    case .malformed(let reason): "malformed manifest: \(reason)"
    case .unsupportedSchema(let version):
      "manifest schema version \(version) is not supported: push the image again with a current tool"
    case .unexpectedType(let type): "unsupported manifest media type \(type)"
    case .mismatchedType(let body, let header):
      "the registry calls the manifest \(header), but the manifest calls itself \(body)"
    case .ambiguous: "malformed manifest: it is an index and an image at once"
    case .tooManyLayers(let count): "the image has \(count) layers, more than \(ImageManifest.mostLayers)"
    case .noMatchingPlatform(let wanted, let offered):
      "no matching manifest for \(wanted) in the manifest list entries"
        + (offered.isEmpty ? "" : " (offered: \(offered.map(\.description).joined(separator: ", ")))")
    }
  }
}
