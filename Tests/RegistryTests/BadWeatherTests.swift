import Crypto
import NIOCore
import NIOHTTP1
import OCI
import Registry
import Synchronization
import Testing

/// Broken connections, lying answers and hosts that would like to see credentials.
@Suite struct BadWeatherTests {
  private let content = Array((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

  private func layer(_ bytes: [UInt8], size: Int64? = nil) throws -> Descriptor {
    Descriptor(
      mediaType: .ociLayerGzip, digest: try OCI.Digest(sha256: Array(SHA256.hash(data: bytes))),
      size: size ?? Int64(bytes.count))
  }

  private func repository(_ client: RegistryClient, _ server: FakeRegistry) throws -> RemoteRepository {
    client.repository(of: try ImageReference("\(server.address)/app"))
  }

  /// A stall leaves the time to take what has come; a cut may lose some of it.
  @Test(arguments: [(true, false), (false, false), (true, true)])
  func anInterruptedDownloadResumes(honoursRange: Bool, isCut: Bool) async throws {
    let configuration = RegistryConfiguration(
      stallTimeout: .milliseconds(isCut ? 10_000 : 250), attempts: 30, firstBackoff: .milliseconds(1))
    try await withNetwork(configuration) { sandbox, client in
      let content = content
      let server = try await FakeRegistry(in: sandbox) { request in
        guard request.path.contains("/blobs/") else { return .init() }
        let range = request.headers.first(name: "range")
        let start = range.flatMap { Int($0.dropFirst(6).dropLast()) } ?? 0
        let isRanged = honoursRange && range != nil
        let from = isRanged ? start : 0
        let end = min(content.count, start + 30_000)
        var answer = FakeRegistry.Answer(isRanged ? .partialContent : .ok)
        if isRanged {
          answer.headers.add(name: "content-range", value: "bytes \(start)-\(content.count - 1)/\(content.count)")
        }
        answer.headers.add(name: "content-length", value: "\(content.count - from)")
        answer.body = Array(content[from..<end])
        answer.ending = end == content.count ? .whole : isCut ? .cut : .silent
        return answer
      }
      #expect(try await repository(client, server).bytes(of: layer(content)) == content)
      let ranges = server.requests.compactMap { $0.headers.first(name: "range") }
      #expect(!ranges.isEmpty)
      if !isCut { #expect(ranges == ["bytes=30000-", "bytes=60000-", "bytes=90000-"]) }
      await server.close()
    }
  }

  @Test func aStalledDownloadIsTakenUpAgainAndGivenUpWithoutProgress() async throws {
    let configuration = RegistryConfiguration(
      stallTimeout: .milliseconds(100), attempts: 3, firstBackoff: .milliseconds(1))
    try await withNetwork(configuration) { sandbox, client in
      let content = content
      let server = try await FakeRegistry(in: sandbox) { request in
        guard request.path.contains("/blobs/") else { return .init() }
        var answer = FakeRegistry.Answer(.ok)
        answer.headers.add(name: "content-length", value: "\(content.count)")
        answer.body = request.headers.contains(name: "range") ? [] : Array(content[..<10])
        answer.ending = .silent
        return answer
      }
      let error = await failure { _ = try await repository(client, server).bytes(of: layer(content)) }
      #expect(error?.code == .timedOut)
      await server.close()
    }
  }

  @Test func wrongContentIsRefused() async throws {
    try await withNetwork { sandbox, client in
      let content = content
      let server = try await FakeRegistry(in: sandbox) { request in
        var answer = FakeRegistry.Answer(.ok)
        if request.path.contains("/blobs/") { answer.body = content }
        return answer
      }
      let other = try layer(Array(content.reversed()))
      let wrongDigest = await failure { _ = try await repository(client, server).bytes(of: other) }
      #expect(wrongDigest?.message == "filesystem layer verification failed for digest \(other.digest)")
      let shorter = await failure { _ = try await repository(client, server).bytes(of: layer(content, size: 99_999)) }
      #expect(shorter?.code == .contentMismatch)
      let longer = await failure { _ = try await repository(client, server).bytes(of: layer(content, size: 100_001)) }
      #expect(longer?.code == .contentMismatch)
      await server.close()
    }
  }

  @Test func anAnswerWithoutLengthEndsAtTheDescriptorsSize() async throws {
    try await withNetwork { sandbox, client in
      let content = content
      let server = try await FakeRegistry(in: sandbox) { request in
        var answer = FakeRegistry.Answer(.ok)
        guard request.path.contains("/blobs/") else { return answer }
        answer.headers = ["transfer-encoding": "chunked", "content-length": ""]
        answer.headers.remove(name: "content-length")
        answer.body = content + [1]
        return answer
      }
      let error = await failure { _ = try await repository(client, server).bytes(of: layer(content)) }
      #expect(error?.code == .contentMismatch)
      await server.close()
    }
  }

  @Test func aRedirectElsewhereCarriesNoCredentials() async throws {
    try await withNetwork { sandbox, client in
      let content = content
      let elsewhere = try await FakeRegistry(in: sandbox) { _ in
        var answer = FakeRegistry.Answer(.ok)
        answer.body = content
        return answer
      }
      let target = "http://\(elsewhere.address)/store/layer"
      let server = try await FakeRegistry(in: sandbox) { request in
        guard request.authorization != nil else {
          return .init(.unauthorized, ["www-authenticate": "Basic realm=\"x\""])
        }
        return request.path.contains("/blobs/") ? .init(.temporaryRedirect, ["location": target]) : .init()
      }
      let repository = client.repository(
        of: try ImageReference("\(server.address)/app"), credentials: .init(username: "ali", password: "secret"))
      #expect(try await repository.bytes(of: layer(content)) == content)
      #expect(elsewhere.requests.map(\.authorization) == [nil])
      await server.close()
      await elsewhere.close()
    }
  }

  @Test func aChallengeFromElsewhereIsNotAnswered() async throws {
    // CVE-2020-15157: the host that a redirect leads to asks for credentials, with a realm of its own.
    try await withNetwork { sandbox, client in
      let elsewhere = try await FakeRegistry(in: sandbox) { request in
        let host = request.headers.first(name: "host") ?? ""
        return .init(.unauthorized, ["www-authenticate": "Bearer realm=\"http://\(host)/token\",service=\"x\""])
      }
      let target = "http://\(elsewhere.address)/store/layer"
      let server = try await FakeRegistry(in: sandbox) { request in
        request.path.contains("/blobs/") ? .init(.temporaryRedirect, ["location": target]) : .init()
      }
      let repository = client.repository(
        of: try ImageReference("\(server.address)/app"), credentials: .init(username: "ali", password: "secret"))
      let error = await failure { _ = try await repository.bytes(of: layer(content)) }
      #expect(error?.code == .unauthorized)
      #expect(elsewhere.requests.map(\.path) == ["/store/layer"])
      #expect(elsewhere.requests.allSatisfy { $0.authorization == nil })
      await server.close()
      await elsewhere.close()
    }
  }

  @Test func oneDigestHasOneMeaning() async throws {
    // CVE-2021-41190: a body that is a manifest and an index, or calls itself otherwise than the header does.
    let both = #"{"schemaVersion":2,"manifests":[],"config":{},"layers":[]}"#
    let index = #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[]}"#
    for body in [both, index] {
      try await withNetwork { sandbox, client in
        let server = try await FakeRegistry(in: sandbox) { _ in
          .init(.ok, ["content-type": MediaType.ociManifest.rawValue], body)
        }
        let error = await failure { _ = try await repository(client, server).manifest(.tag("x")) }
        #expect(error?.code == .malformedResponse)
        await server.close()
      }
    }
  }

  @Test func aManifestOfAnotherDigestIsRefused() async throws {
    try await withNetwork { sandbox, client in
      let body = #"{"schemaVersion":2,"manifests":[]}"#
      let wrong = try OCI.Digest(sha256: Array(SHA256.hash(data: Array("other".utf8))))
      let server = try await FakeRegistry(in: sandbox) { _ in
        .init(
          .ok, ["content-type": MediaType.ociIndex.rawValue, "docker-content-digest": wrong.description], body)
      }
      let byTag = await failure { _ = try await repository(client, server).manifest(.tag("x")) }
      let byDigest = await failure { _ = try await repository(client, server).manifest(.digest(wrong)) }
      #expect(byTag?.code == .contentMismatch)
      #expect(byDigest?.message == "manifest verification failed for digest \(wrong)")
      await server.close()
    }
  }

  @Test func aBusyRegistryIsAskedAgain() async throws {
    try await withNetwork { sandbox, client in
      let count = Counter()
      let body = #"{"schemaVersion":2,"manifests":[]}"#
      let server = try await FakeRegistry(in: sandbox) { request in
        guard request.path.contains("/manifests/") else { return .init() }
        switch count.next() {
        case 1: return .init(.serviceUnavailable)
        case 2: return .init(.tooManyRequests, ["retry-after": "0"])
        default: return .init(.ok, ["content-type": MediaType.ociIndex.rawValue], body)
        }
      }
      #expect(try await repository(client, server).manifest(.tag("x")).bytes == Array(body.utf8))
      await server.close()
    }
  }

  @Test func cancellingEndsADownload() async throws {
    try await withNetwork { sandbox, client in
      let content = content
      let (arrived, continuation) = AsyncStream<Void>.makeStream()
      let server = try await FakeRegistry(in: sandbox) { request in
        guard request.path.contains("/blobs/") else { return .init() }
        var answer = FakeRegistry.Answer(.ok, ["content-length": "\(content.count)"])
        answer.body = [content[0]]
        answer.ending = .silent
        continuation.yield()
        return answer
      }
      let repository = try repository(client, server)
      let descriptor = try layer(content)
      let download = Task { await failure { _ = try await repository.bytes(of: descriptor) } }
      for await _ in arrived { break }
      download.cancel()
      #expect(await download.value?.code == .cancelled)
      await server.close()
    }
  }
}

final class Counter: Sendable {
  private let value = Mutex(0)
  func next() -> Int {
    value.withLock {
      $0 += 1
      return $0
    }
  }
}
