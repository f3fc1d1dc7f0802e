internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
public import OCI

/// How a manifest is named within its repository.
public enum ManifestName: Sendable, Hashable, CustomStringConvertible {
  case tag(String)
  case digest(Digest)

  /// The digest where the reference has one, else its tag.
  public init(_ reference: ImageReference) {
    if let digest = reference.digest {
      self = .digest(digest)
    } else {
      self = .tag(reference.tag ?? ImageReference.defaultTag)
    }
  }

  public var description: String {
    switch self {
    case .tag(let tag): tag
    case .digest(let digest): digest.description
    }
  }
}

/// A manifest or an index exactly as the registry sent it.
public struct RemoteManifest: Sendable {
  /// Type, digest (computed from `bytes`) and size.
  public var descriptor: Descriptor
  public var bytes: [UInt8]
  public var document: ManifestDocument
}

extension RemoteRepository {
  /// Docker's limit for a manifest.
  public static let mostManifestBytes = 4 * 1024 * 1024

  /// Asks what a name stands for without fetching it. Registries that do not say the digest are asked for the whole.
  public func resolve(_ name: ManifestName) async throws(RegistryError) -> Descriptor {
    var request = Request(.HEAD, .path("manifests/\(name)"), .manifest, pullScope)
    request.headers = Self.manifestHeaders
    let answer: Answer
    do {
      answer = try await send(request, expecting: [200])
    } catch {
      // An answer to HEAD has no body: only a GET tells why.
      guard let status = error.status, status != 404, (400..<500).contains(status) else { throw error }
      return try await manifest(name).descriptor
    }
    await answer.drain()
    let headers = answer.response.headers
    guard let digest = Self.digest(in: headers),
      let size = headers.first(name: "content-length").flatMap(Int64.init), size >= 0,
      let type = headers.first(name: "content-type").map(Self.mediaType), type.kind == .manifest || type.kind == .index
    else { return try await manifest(name).descriptor }
    if case .digest(let wanted) = name, wanted != digest {
      throw RegistryError(.contentMismatch, "manifest \(name): the registry answers with \(digest)")
    }
    return Descriptor(mediaType: type, digest: digest, size: size)
  }

  /// Fetches a manifest or index and verifies it: by digest against that digest; by tag against the digest the
  /// registry names. `size` is checked where the caller knows it from an index.
  public func manifest(_ name: ManifestName, size: Int64? = nil) async throws(RegistryError) -> RemoteManifest {
    var request = Request(.GET, .path("manifests/\(name)"), .manifest, pullScope)
    request.headers = Self.manifestHeaders
    let answer = try await send(request, expecting: [200])
    let bytes: [UInt8]
    do {
      let body = try await answer.response.body.collect(upTo: Self.mostManifestBytes)
      bytes = Array(body.readableBytesView)
    } catch is NIOTooManyBytesError {
      throw RegistryError(
        .malformedResponse, "manifest \(name) is larger than \(Self.mostManifestBytes) bytes")
    } catch {
      throw client.transport.describe(error, of: Exchange(.GET, answer.location))
    }
    if let size, size != Int64(bytes.count) {
      throw RegistryError(
        .contentMismatch, "manifest \(name) has \(bytes.count) bytes and not \(size) as its index says")
    }
    let headers = answer.response.headers
    let announced = Self.digest(in: headers)
    let digest: Digest
    switch name {
    case .digest(let wanted):
      digest = ContentHash.digest(of: bytes, by: wanted.algorithm)
      guard digest == wanted else {
        throw RegistryError(.contentMismatch, "manifest verification failed for digest \(wanted)")
      }
    case .tag:
      digest = ContentHash.digest(of: bytes, by: announced?.algorithm ?? .sha256)
      guard announced == nil || announced == digest else {
        throw RegistryError(.contentMismatch, "manifest verification failed for tag \(name): it is not \(digest)")
      }
    }
    let contentType = headers.first(name: "content-type").map(Self.mediaType)
    let document: ManifestDocument
    do {
      document = try ManifestDocument.decode(bytes, contentType: contentType)
    } catch {
      throw RegistryError(.malformedResponse, "\(error)")
    }
    let type: MediaType
    switch document {
    case .manifest(let manifest): type = contentType?.known ?? manifest.mediaType ?? .ociManifest
    case .index(let index): type = contentType?.known ?? index.mediaType ?? .ociIndex
    }
    return RemoteManifest(
      descriptor: Descriptor(mediaType: type, digest: digest, size: Int64(bytes.count)), bytes: bytes,
      document: document)
  }

  /// Stores a manifest or index under a tag or its digest. Everything it names must be there already.
  public func putManifest(
    _ bytes: [UInt8], mediaType: MediaType, as name: ManifestName
  ) async throws(RegistryError) -> Digest {
    let digest: Digest
    if case .digest(let named) = name {
      digest = ContentHash.digest(of: bytes, by: named.algorithm)
      guard digest == named else { throw RegistryError(.contentMismatch, "the manifest's digest is not \(named)") }
    } else {
      digest = ContentHash.digest(of: bytes, by: .sha256)
    }
    var request = Request(.PUT, .path("manifests/\(name)"), .manifest, pushScope)
    request.headers.add(name: "content-type", value: mediaType.rawValue)
    request.body = { .bytes(ByteBuffer(bytes: bytes)) }
    let answer = try await send(request, expecting: [200, 201, 202])
    let announced = Self.digest(in: answer.response.headers)
    await answer.drain()
    if let announced, announced.algorithm == digest.algorithm, announced != digest {
      throw RegistryError(.contentMismatch, "the registry stored \(announced) instead of \(digest)")
    }
    return digest
  }

  private static var manifestHeaders: HTTPHeaders {
    HTTPHeaders(MediaType.acceptedManifests.map { ("accept", $0.rawValue) })
  }

  private static func digest(in headers: HTTPHeaders) -> Digest? {
    headers.first(name: "docker-content-digest").flatMap { try? Digest($0) }
  }

  /// The type without parameters (`; charset=utf-8`).
  private static func mediaType(_ header: String) -> MediaType {
    let bare = header.prefix { $0 != ";" }.filter { $0 != " " }
    return MediaType(rawValue: bare.lowercased())
  }
}

extension MediaType {
  /// Itself where it names a manifest or an index; generic types (`application/json`) say nothing.
  fileprivate var known: MediaType? { kind == .manifest || kind == .index ? self : nil }
}
