internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
public import OCI

/// What an upload came to.
public enum UploadOutcome: Sendable, Hashable {
  case uploaded
  /// The repository had it.
  case present
  /// The registry linked it from the named repository without a transfer.
  case mounted(from: String)
}

extension RemoteRepository {
  /// Brings a blob into the repository: asks whether it is there, tries to mount it from `mountingFrom` (a path in the
  /// same registry that is known to have it), else sends it.
  ///
  /// `chunkSize` nil sends one body (`POST`, `PUT`); a number sends pieces of that many bytes (`PATCH`), for registries
  /// that limit a request. `sent` is called with the bytes sent so far.
  public func upload(
    _ descriptor: Descriptor, from source: BlobSource, mountingFrom: String? = nil, chunkSize: Int? = nil,
    sent: @escaping @Sendable (Int64) -> Void = { _ in }
  ) async throws(RegistryError) -> UploadOutcome {
    if try await hasBlob(descriptor.digest) { return .present }
    var attempt = 1
    while true {
      do {
        let session: Location
        switch try await beginUpload(mounting: descriptor.digest, from: mountingFrom) {
        case .mounted(let origin): return .mounted(from: origin)
        case .session(let location): session = location
        }
        if let chunkSize {
          try await sendChunks(descriptor, source, session, chunkSize, sent)
        } else {
          try await sendWhole(descriptor, source, session, sent)
        }
        return .uploaded
      } catch {
        guard error.isTransient || error.code == .timedOut, attempt < client.transport.configuration.attempts else {
          throw error
        }
        try await backOff(attempt)
        attempt += 1
      }
    }
  }

  private enum Beginning {
    case mounted(String)
    case session(Location)
  }

  /// Opens an upload session, or has the blob mounted (distribution-spec, "Mounting a blob from another repository").
  private func beginUpload(mounting digest: Digest, from origin: String?) async throws(RegistryError) -> Beginning {
    var scopes = pushScope
    var target = "blobs/uploads/"
    if let origin, origin != path {
      scopes.append(RepositoryScope(path: origin, access: .pull))
      target += "?mount=\(Location.escape(digest.description))&from=\(Location.escape(origin))"
    }
    var request = Request(.POST, .path(target), .upload, scopes)
    request.body = { .bytes(ByteBuffer()) }
    let answer: Answer
    do {
      answer = try await send(request, expecting: [201, 202])
    } catch {
      // No right to read the other repository is no reason not to push into this one.
      guard origin != nil, error.code == .denied || error.code == .unauthorized || error.code == .blobUnknown else {
        throw error
      }
      return try await beginUpload(mounting: digest, from: nil)
    }
    await answer.drain()
    if answer.response.status == .created, let origin { return .mounted(origin) }
    return .session(try sessionLocation(answer))
  }

  private func sessionLocation(_ answer: Answer) throws(RegistryError) -> Location {
    guard let header = answer.response.headers.first(name: "location"),
      let location = answer.location.resolving(header)
    else { throw RegistryError(.malformedResponse, "\(domain): the answer to an upload has no usable Location") }
    // Behind a proxy that ends TLS, registries name themselves by http: stay with what is known to work.
    if location.scheme == .http, answer.location.scheme == .https, location.authority == answer.location.authority {
      return Location(scheme: .https, authority: location.authority, target: location.target)
    }
    return location
  }

  private func sendWhole(
    _ descriptor: Descriptor, _ source: BlobSource, _ session: Location, _ sent: @escaping @Sendable (Int64) -> Void
  ) async throws(RegistryError) {
    let location = session.adding(query: "digest", descriptor.digest.description)
    var request = Request(.PUT, .location(location), .upload, pushScope)
    request.isRepeatable = false
    request.headers.add(name: "content-type", value: "application/octet-stream")
    let size = descriptor.size
    request.body = {
      .stream(CountedChunks(source: source, offset: 0, length: size, sent: sent), length: .known(size))
    }
    let answer = try await send(request, expecting: [201])
    await answer.drain()
  }

  private func sendChunks(
    _ descriptor: Descriptor, _ source: BlobSource, _ session: Location, _ chunkSize: Int,
    _ sent: @escaping @Sendable (Int64) -> Void
  ) async throws(RegistryError) {
    var session = session
    var offset: Int64 = 0
    while offset < descriptor.size {
      let (start, length) = (offset, min(Int64(max(1, chunkSize)), descriptor.size - offset))
      var request = Request(.PATCH, .location(session), .upload, pushScope)
      request.isRepeatable = false
      request.headers.add(name: "content-type", value: "application/octet-stream")
      request.headers.add(name: "content-range", value: "\(start)-\(start + length - 1)")
      request.body = {
        .stream(CountedChunks(source: source, offset: start, length: length, sent: sent), length: .known(length))
      }
      let answer = try await send(request, expecting: [202, 204])
      session = try sessionLocation(answer)
      await answer.drain()
      offset += length
    }
    let location = session.adding(query: "digest", descriptor.digest.description)
    var request = Request(.PUT, .location(location), .upload, pushScope)
    request.isRepeatable = false
    request.body = { .bytes(ByteBuffer()) }
    let answer = try await send(request, expecting: [201])
    await answer.drain()
  }
}

/// Part of a source, no byte more than announced, telling how far it is.
private struct CountedChunks: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  typealias Failure = any Error

  let source: BlobSource
  let offset: Int64
  let length: Int64
  let sent: @Sendable (Int64) -> Void

  func makeAsyncIterator() -> Iterator {
    Iterator(chunks: source.open(offset).makeAsyncIterator(), position: offset, end: offset + length, sent: sent)
  }

  struct Iterator: AsyncIteratorProtocol {
    var chunks: any AsyncIteratorProtocol<ByteBuffer, any Error>
    var position: Int64
    let end: Int64
    let sent: @Sendable (Int64) -> Void

    mutating func next() async throws -> ByteBuffer? {
      guard position < end, var chunk = try await chunks.next(isolation: nil) else { return nil }
      if Int64(chunk.readableBytes) > end - position {
        chunk = chunk.getSlice(at: chunk.readerIndex, length: Int(end - position)) ?? chunk
      }
      position += Int64(chunk.readableBytes)
      sent(position)
      return chunk
    }
  }
}
