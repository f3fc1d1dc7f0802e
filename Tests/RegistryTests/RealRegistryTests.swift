import Crypto
import JSON
import NIOCore
import OCI
import Testing

@testable import Registry

/// Against Debian's docker-registry, each in a network namespace of its own.
@Suite struct RealRegistryTests {
  private func descriptor(_ bytes: [UInt8], _ type: MediaType = .ociLayerGzip) throws -> Descriptor {
    Descriptor(
      mediaType: type, digest: try OCI.Digest(sha256: Array(SHA256.hash(data: bytes))), size: Int64(bytes.count))
  }

  /// A layer larger than a socket's buffers, and its image.
  private func push(to repository: RemoteRepository, tag: String) async throws -> (layer: [UInt8], manifest: [UInt8]) {
    var random = SystemRandomNumberGenerator()
    let layer = (0..<(3 << 20)).map { _ in UInt8.random(in: 0...255, using: &random) }
    let configuration = Array(#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#.utf8)
    let layerDescriptor = try descriptor(layer)
    let configurationDescriptor = try descriptor(configuration, .ociConfiguration)
    #expect(try await repository.upload(layerDescriptor, from: .bytes(layer)) == .uploaded)
    #expect(try await repository.upload(configurationDescriptor, from: .bytes(configuration)) == .uploaded)
    let manifest = try ImageManifest(config: configurationDescriptor, layers: [layerDescriptor]).encoded()
    _ = try await repository.putManifest(manifest, mediaType: .ociManifest, as: .tag(tag))
    return (layer, manifest)
  }

  private func roundTrip(_ client: RegistryClient, _ name: String, _ credentials: RegistryCredentials) async throws {
    let reference = try ImageReference(name)
    let repository = client.repository(of: reference, credentials: credentials)
    let pushed = try await push(to: repository, tag: "1")
    let resolved = try await repository.resolve(.tag("1"))
    let fetched = try await repository.manifest(.tag("1"))
    #expect(fetched.descriptor == resolved)
    #expect(fetched.bytes == pushed.manifest)
    let again = try await repository.manifest(.digest(resolved.digest), size: resolved.size)
    #expect(again.bytes == pushed.manifest)
    guard case .manifest(let manifest) = again.document else {
      Issue.record("not a manifest")
      return
    }
    #expect(try await repository.bytes(of: manifest.layers[0]) == pushed.layer)
    #expect(try await repository.sizeOfBlob(manifest.layers[0].digest) == Int64(pushed.layer.count))
    #expect(try await repository.tags() == ["1"])
  }

  @Test func plainHTTPOnLoopback() async throws {
    try await withNetwork { sandbox, client in
      let registry = try DockerRegistry.start(in: sandbox)
      defer { registry.stop() }
      try await client.ping(registry.address)
      try await roundTrip(client, "\(registry.address)/team/app:1", .anonymous)
    }
  }

  @Test func tlsWithOwnAuthority() async throws {
    try await withNetwork { sandbox, _ in
      let registry = try DockerRegistry.start(in: sandbox, tls: true)
      defer { registry.stop() }
      let folder = "\(registry.directory)/certs.d/localhost:5000"
      try DockerRegistry.capture(["/bin/mkdir", "-p", folder])
      try DockerRegistry.capture(["/bin/cp", "\(registry.directory)/ca.crt", folder])
      let client = RegistryClient(
        configuration: .init(certificateDirectories: ["\(registry.directory)/certs.d"]), eventLoopGroup: sandbox.group)
      let outcome = await failure { try await roundTrip(client, "\(registry.address)/app:1", .anonymous) }
      await client.shutdown()
      #expect(outcome == nil)
    }
  }

  @Test func basicAuthentication() async throws {
    try await withNetwork { sandbox, client in
      let registry = try DockerRegistry.start(in: sandbox, authentication: .htpasswd)
      defer { registry.stop() }
      let right = RegistryCredentials(username: DockerRegistry.user, password: DockerRegistry.password)
      let wrong = RegistryCredentials(username: DockerRegistry.user, password: "wrong")
      #expect(try await client.login(to: registry.address, credentials: right) == nil)
      let refused = await failure { _ = try await client.login(to: registry.address, credentials: wrong) }
      #expect(refused?.code == .unauthorized)
      try await roundTrip(client, "\(registry.address)/app:1", right)
      let reference = try ImageReference("\(registry.address)/app:1")
      let anonymous = await failure { _ = try await client.repository(of: reference).manifest(.tag("1")) }
      #expect(
        anonymous?.message == "Get \"http://localhost:5000/v2/app/manifests/1\": no basic auth credentials")
      let stranger = await failure {
        _ = try await client.repository(of: reference, credentials: wrong).manifest(.tag("1"))
      }
      #expect(stranger?.message == "unauthorized: authentication required")
    }
  }

  @Test func whatIsUnknownIsSaidAsDockerSaysIt() async throws {
    try await withNetwork { sandbox, client in
      let registry = try DockerRegistry.start(in: sandbox)
      defer { registry.stop() }
      let reference = try ImageReference("\(registry.address)/nothing:here")
      let repository = client.repository(of: reference)
      let manifest = await failure { _ = try await repository.manifest(.tag("here")) }
      #expect(
        manifest?.pulling(reference).message
          == "manifest for \(registry.address)/nothing:here not found: manifest unknown: manifest unknown")
      let head = await failure { _ = try await repository.resolve(.tag("here")) }
      #expect(head?.code == .manifestUnknown)
      let absent = try descriptor(Array("absent".utf8))
      #expect(try await repository.sizeOfBlob(absent.digest) == nil)
      let blob = await failure { _ = try await repository.bytes(of: absent) }
      #expect(blob?.code == .blobUnknown)
    }
  }

  @Test func layersAreMountedAndChunked() async throws {
    try await withNetwork { sandbox, client in
      let registry = try DockerRegistry.start(in: sandbox)
      defer { registry.stop() }
      let first = client.repository(of: try ImageReference("\(registry.address)/one"))
      let second = client.repository(of: try ImageReference("\(registry.address)/two"))
      let layer = Array(repeating: UInt8(7), count: 1_000_003)
      let descriptor = try descriptor(layer)
      #expect(try await first.upload(descriptor, from: .bytes(layer), chunkSize: 300_000) == .uploaded)
      #expect(try await first.upload(descriptor, from: .bytes(layer)) == .present)
      #expect(
        try await second.upload(descriptor, from: .bytes([]), mountingFrom: "one") == .mounted(from: "one"))
      #expect(try await second.bytes(of: descriptor) == layer)
    }
  }

  @Test func aFileIsUploadedFromDisk() async throws {
    try await withNetwork { sandbox, client in
      let registry = try DockerRegistry.start(in: sandbox)
      defer { registry.stop() }
      let text = String(repeating: "moonpool ", count: 200_000)
      try DockerRegistry.write(text, to: "\(registry.directory)/layer")
      let descriptor = try descriptor(Array(text.utf8))
      let repository = client.repository(of: try ImageReference("\(registry.address)/file"))
      #expect(try await repository.upload(descriptor, from: .file("\(registry.directory)/layer")) == .uploaded)
      #expect(try await repository.bytes(of: descriptor) == Array(text.utf8))
      let missing = try self.descriptor(Array("other".utf8))
      let error = await failure { _ = try await repository.upload(missing, from: .file("/no/such/file")) }
      #expect(error?.code == .source)
    }
  }

  @Test(arguments: [true, false]) func outsideLoopbackTrustIsNeeded(tls: Bool) async throws {
    var configuration = RegistryConfiguration(firstBackoff: .milliseconds(1))
    configuration.aliases = ["registry.test": "localhost"]
    try await withNetwork(configuration) { sandbox, client in
      let registry = try DockerRegistry.start(in: sandbox, tls: tls)
      defer { registry.stop() }
      try await client.ping(registry.address)
      let refused = await failure { try await client.ping("registry.test:5000") }
      let reason =
        tls
        ? "tls: failed to verify certificate: x509: certificate signed by unknown authority"
        : "http: server gave HTTP response to HTTPS client"
      #expect(refused?.message == "Get \"https://registry.test:5000/v2/\": \(reason)")
    }
  }

  @Test func whatCannotBeReachedIsSaidAsDockerSaysIt() async throws {
    try await withNetwork { _, client in
      let nobody = await failure { try await client.ping("registry.invalid:5000") }
      #expect(
        nobody?.message
          == "Get \"https://registry.invalid:5000/v2/\": dial tcp: lookup registry.invalid: no such host")
      let refused = await failure { try await client.ping("localhost:5001") }
      #expect(refused?.code == .unreachable)
      #expect(refused?.message.hasSuffix(":5001: connect: connection refused") == true)
    }
  }
}
