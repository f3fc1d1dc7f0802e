internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
public import OCI

extension RemoteRepository {
  /// The bytes of a blob as they arrive; see `BlobStream`. Nothing is sent before the first element is asked for.
  ///
  /// With `verifying: false` the caller computes the digest himself; the size is checked anyway.
  public func blob(_ descriptor: Descriptor, verifying: Bool = true) -> BlobStream {
    BlobStream(repository: self, descriptor: descriptor, isVerifying: verifying)
  }

  /// The size of a blob where the repository has it.
  public func sizeOfBlob(_ digest: Digest) async throws(RegistryError) -> Int64? {
    let request = Request(.HEAD, .path("blobs/\(digest)"), .blob, pullScope)
    let answer = try await send(request, expecting: [200, 404])
    await answer.drain()
    guard answer.response.status == .ok else { return nil }
    return answer.response.headers.first(name: "content-length").flatMap(Int64.init) ?? -1
  }

  /// Whether the repository has a blob already, asked with the rights of a push.
  public func hasBlob(_ digest: Digest) async throws(RegistryError) -> Bool {
    let request = Request(.HEAD, .path("blobs/\(digest)"), .blob, pushScope)
    let answer = try await send(request, expecting: [200, 404])
    await answer.drain()
    return answer.response.status == .ok
  }
}
