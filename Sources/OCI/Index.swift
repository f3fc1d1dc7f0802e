internal import JSON

/// Several manifests under one name, one for each platform (OCI image-index.md, Docker's manifest list).
public struct ImageIndex: Sendable, Hashable, Codable {
  public var schemaVersion: Int
  public var mediaType: MediaType?
  public var artifactType: String?
  public var manifests: [Descriptor]
  public var annotations: [String: String]?
  public var subject: Descriptor?

  enum CodingKeys: String, CodingKey {
    case schemaVersion, mediaType, artifactType, manifests, annotations, subject
  }

  public init(mediaType: MediaType = .ociIndex, manifests: [Descriptor], annotations: [String: String]? = nil) {
    self.schemaVersion = 2
    self.mediaType = mediaType
    self.manifests = manifests
    self.annotations = annotations
  }

  public static func decode(_ bytes: [UInt8], contentType: MediaType? = nil) throws(ManifestError) -> ImageIndex {
    let index: ImageIndex
    do {
      index = try JSON.decode(ImageIndex.self, from: bytes)
    } catch {
      throw .malformed("\(error)")
    }
    guard index.schemaVersion == 2 else { throw .unsupportedSchema(index.schemaVersion) }
    if let named = index.mediaType, named.kind != .index { throw .unexpectedType(named) }
    if let named = index.mediaType, let contentType, contentType.kind == .index || contentType.kind == .manifest,
      named != contentType
    {
      throw .mismatchedType(body: named, header: contentType)
    }
    return index
  }

  /// The manifest that runs best on `platform`; among equals the first listed. Attestations are never chosen.
  public func choose(for platform: Platform = .host) throws(ManifestError) -> Descriptor {
    var best: (preference: Int, descriptor: Descriptor)?
    for descriptor in manifests where descriptor.mediaType.kind == .manifest {
      guard descriptor.annotations?["vnd.docker.reference.type"] == nil else { continue }
      // An entry without a platform is chosen when nothing better is offered: it may be the only image there is.
      let preference = descriptor.platform.map { platform.preference(of: $0) } ?? Int.max
      guard let preference, preference < best?.preference ?? Int.max || best == nil else { continue }
      best = (preference, descriptor)
    }
    guard let best else {
      throw .noMatchingPlatform(wanted: platform, offered: manifests.compactMap(\.platform))
    }
    return best.descriptor
  }
}
