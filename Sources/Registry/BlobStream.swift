internal import AsyncHTTPClient
public import NIOCore
internal import NIOHTTP1
internal import OCI

/// A blob's bytes in order, verified: the sequence ends only if size and digest are the descriptor's.
///
/// A lost or stalled connection is taken up again where it broke (`Range`), as long as some bytes arrive between
/// breaks. The consumer's pace is the download's pace: nothing is buffered beyond a connection's read buffers.
/// One that has thrown must not be asked again.
public struct BlobStream: AsyncSequence, Sendable {
  public typealias Element = ByteBuffer
  public typealias Failure = RegistryError

  let repository: RemoteRepository
  let descriptor: Descriptor
  let isVerifying: Bool

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(repository: repository, descriptor: descriptor, isVerifying: isVerifying)
  }

  public struct AsyncIterator: AsyncIteratorProtocol {
    private let repository: RemoteRepository
    private let descriptor: Descriptor
    private var hash: ContentHash?
    private var body: HTTPClientResponse.Body.AsyncIterator?
    private var location: Location?
    private var received: Int64 = 0
    /// Bytes of an answer to a `Range` that was ignored, to be dropped.
    private var surplus: Int64 = 0
    private var fruitless = 0

    init(repository: RemoteRepository, descriptor: Descriptor, isVerifying: Bool) {
      self.repository = repository
      self.descriptor = descriptor
      self.hash = isVerifying ? ContentHash(descriptor.digest.algorithm) : nil
    }

    public mutating func next(
      isolation actor: isolated (any Actor)? = #isolation
    ) async throws(RegistryError) -> ByteBuffer? {
      while true {
        do throws(RegistryError) {
          guard var chunk = try await read() else {
            try finish()
            return nil
          }
          if surplus > 0 {
            let dropped = Int(Swift.min(surplus, Int64(chunk.readableBytes)))
            chunk.moveReaderIndex(forwardBy: dropped)
            surplus -= Int64(dropped)
          }
          guard chunk.readableBytes > 0 else { continue }
          received += Int64(chunk.readableBytes)
          guard received <= descriptor.size else {
            throw RegistryError(
              .contentMismatch,
              "blob \(descriptor.digest) is larger than its descriptor says (\(descriptor.size) bytes)")
          }
          fruitless = 0
          hash?.update(chunk)
          return chunk
        } catch {
          body = nil
          let mayResume = error.code == .connectionLost || error.code == .timedOut || error.code == .unreachable
          guard mayResume, received > 0 || fruitless > 0 || error.code != .unreachable,
            fruitless < repository.client.transport.configuration.attempts
          else { throw error }
          fruitless += 1
          try await repository.backOff(fruitless)
        }
      }
    }

    private mutating func read() async throws(RegistryError) -> ByteBuffer? {
      if received == descriptor.size, descriptor.size > 0, body == nil { return nil }
      if body == nil { try await open() }
      do {
        let chunk = try await body?.next(isolation: #isolation)
        if chunk == nil, received < descriptor.size {
          throw RegistryError(
            .connectionLost,
            "blob \(descriptor.digest) ended after \(received) of \(descriptor.size) bytes: unexpected EOF")
        }
        return chunk
      } catch let error as RegistryError {
        throw error
      } catch {
        let exchange = Exchange(.GET, location ?? Location(scheme: .https, authority: repository.domain, target: "/"))
        throw repository.client.transport.describe(error, of: exchange)
      }
    }

    private mutating func open() async throws(RegistryError) {
      var request = RemoteRepository.Request(
        .GET, .path("blobs/\(descriptor.digest)"), .blob, repository.pullScope)
      // The layer itself: a transfer encoding would change the bytes under the digest.
      request.headers.add(name: "accept-encoding", value: "identity")
      if received > 0 { request.headers.add(name: "range", value: "bytes=\(received)-") }
      let answer = try await repository.send(request, expecting: received > 0 ? [200, 206] : [200])
      surplus = 0
      if received > 0, answer.response.status == .ok {
        surplus = received
      } else if received > 0 {
        let range = answer.response.headers.first(name: "content-range") ?? ""
        guard range.hasPrefix("bytes \(received)-") else {
          throw RegistryError(.malformedResponse, "blob \(descriptor.digest): unexpected Content-Range \(range)")
        }
      }
      let length = answer.response.headers.first(name: "content-length").flatMap(Int64.init)
      let expected = descriptor.size - (answer.response.status == .ok ? 0 : received)
      if let length, length != expected {
        throw RegistryError(
          .contentMismatch, "blob \(descriptor.digest) has \(length) bytes and not \(expected) as its manifest says")
      }
      location = answer.location
      body = answer.response.body.makeAsyncIterator()
    }

    private func finish() throws(RegistryError) {
      guard received == descriptor.size else {
        throw RegistryError(
          .contentMismatch, "blob \(descriptor.digest) has \(received) bytes and not \(descriptor.size)")
      }
      guard hash?.matches(descriptor.digest) ?? true else {
        throw RegistryError(.contentMismatch, "filesystem layer verification failed for digest \(descriptor.digest)")
      }
    }
  }
}
