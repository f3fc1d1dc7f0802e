public import EngineAPI
import ImageStore
import JSON
import Logging
import NIOCore
import OCI
import Registry
import Scripting

extension ImageService {
  /// Pulls an image: every layer is downloaded, verified, inflated and unpacked in one pass, several at a time.
  public func pull(
    reference text: String, platform: String?, auth: AuthConfig?, caller: Caller, progress: @escaping ProgressSink
  ) async throws {
    do {
      let reference = try ImageReference(text).withDefaultTag
      let wanted = try platform.flatMap { $0.isEmpty ? nil : try Platform($0) } ?? .host
      let source = try await permit(reference, platform: platform, caller: caller)
      try await pull(
        reference, from: source, platform: wanted, credentials: Self.credentials(auth), ProgressReporter(progress))
    } catch {
      throw Self.wrap(error)
    }
  }

  /// The hooks may deny a pull, and say where else to fetch from; the name stays.
  private func permit(_ reference: ImageReference, platform: String?, caller: Caller) async throws -> ImageReference {
    guard gate.isWatched(.pull) else { return reference }
    var payload: JSONObject = [
      "image": .object(ResolvedImage.reference(reference.familiar)), "from": .string(reference.familiar),
    ]
    payload["platform"] = platform.map { .string($0) }
    let decided = try await gate.pass(.pull, caller: caller, object: reference.familiar, payload: payload)
    guard let from = decided["from"]?.stringValue, from != reference.familiar else { return reference }
    return try ImageReference(from).withDefaultTag
  }

  private func pull(
    _ reference: ImageReference, from source: ImageReference, platform: Platform, credentials: RegistryCredentials,
    _ reporter: ProgressReporter
  ) async throws {
    let started = ContinuousClock.now
    let (repository, fetched) = try await fetchManifest(source, credentials)
    try await reporter.say("Pulling from \(reference.path)", id: reference.tagOrDigest)
    let session = store.beginSession()
    do {
      try await session.put(fetched.bytes, fetched.descriptor.digest)
      let (manifest, descriptor) = try await chooseManifest(fetched, platform, repository, session)
      let configuration = try await fetchConfiguration(manifest, repository, session)
      let isNew = (try? store.find(manifest.config.digest.description)) == nil
      let bytes = try await fetchLayers(manifest, configuration, repository, session, reporter)
      let names = [reference, reference.repository.with(digest: fetched.descriptor.digest)]
      let former = store.find(reference)?.id
      let image = try await session.commit(
        manifest: descriptor, target: fetched.descriptor, origin: .pull, references: names)
      await session.close()
      try await reporter.say("Digest: \(fetched.descriptor.digest)")
      let upToDate = !isNew && former == image.id
      try await reporter.say(
        upToDate
          ? "Status: Image is up to date for \(reference.familiar)"
          : "Status: Downloaded newer image for \(reference.familiar)")
      await announcePull(
        reference, image.id.description, fetched.descriptor.digest, bytes, ContinuousClock.now - started)
    } catch {
      await session.close()
      throw error
    }
  }

  /// From the registry itself, or first from its mirrors where the daemon has some for the default registry.
  private func fetchManifest(
    _ reference: ImageReference, _ credentials: RegistryCredentials
  ) async throws -> (RemoteRepository, RemoteManifest) {
    if reference.domain == ImageReference.defaultDomain {
      for mirror in configuration.registryMirrors {
        let host = mirror.split(separator: "/", omittingEmptySubsequences: true).last.map(String.init) ?? mirror
        guard let mirrored = try? ImageReference("\(host)/\(reference.path)") else { continue }
        let repository = registry.repository(of: mirrored)
        if let manifest = try? await repository.manifest(ManifestName(reference)) { return (repository, manifest) }
        logger.warning("a registry mirror could not serve a pull", metadata: ["mirror": "\(mirror)"])
      }
    }
    let repository = registry.repository(of: reference, credentials: credentials)
    do {
      return (repository, try await repository.manifest(ManifestName(reference)))
    } catch {
      throw error.pulling(reference)
    }
  }

  private func chooseManifest(
    _ fetched: RemoteManifest, _ platform: Platform, _ repository: RemoteRepository, _ session: ImageSession
  ) async throws -> (ImageManifest, OCI.Descriptor) {
    switch fetched.document {
    case .manifest(let manifest): return (manifest, fetched.descriptor)
    case .index(let index):
      let chosen = try index.choose(for: platform)
      let remote = try await repository.manifest(.digest(chosen.digest), size: chosen.size)
      guard case .manifest(let manifest) = remote.document else {
        throw EngineError(.internalError, "the index names \(chosen.digest) for \(platform), which is another index")
      }
      try await session.put(remote.bytes, remote.descriptor.digest)
      return (manifest, remote.descriptor)
    }
  }

  private func fetchConfiguration(
    _ manifest: ImageManifest, _ repository: RemoteRepository, _ session: ImageSession
  ) async throws -> ImageConfiguration {
    guard manifest.isImage else {
      throw EngineError(
        .invalidArgument,
        "this is no image but an artifact of type \(manifest.config.mediaType.rawValue): it cannot be run")
    }
    var bytes: [UInt8] = []
    if try await store.contains(manifest.config.digest) {
      bytes = try await store.read(manifest.config.digest)
    } else {
      for try await piece in repository.blob(manifest.config) { bytes += piece.readableBytesView }
    }
    try await session.put(bytes, manifest.config.digest)
    return try ImageConfiguration.decode(bytes)
  }

  /// The layers, a few at a time. Returns the bytes that came over the network.
  private func fetchLayers(
    _ manifest: ImageManifest, _ configuration: ImageConfiguration, _ repository: RemoteRepository,
    _ session: ImageSession, _ reporter: ProgressReporter
  ) async throws -> Int64 {
    let diffIDs = configuration.rootfs.diffIDs
    guard diffIDs.count == manifest.layers.count else {
      throw EngineError(
        .internalError,
        "the image is damaged: \(manifest.layers.count) layers in its manifest, \(diffIDs.count) in its configuration")
    }
    for layer in manifest.layers { try await reporter.say("Pulling fs layer", id: layer.digest.short) }
    return try await withThrowingTaskGroup(of: Int64.self) { group in
      var bytes: Int64 = 0
      for (index, layer) in manifest.layers.enumerated() {
        if index >= self.configuration.maxConcurrentDownloads { bytes += try await group.next() ?? 0 }
        group.addTask {
          try await self.fetchLayer(layer, index: index, of: diffIDs, repository, session, reporter)
        }
      }
      for try await more in group { bytes += more }
      return bytes
    }
  }

  private func fetchLayer(
    _ layer: OCI.Descriptor, index: Int, of diffIDs: [Digest], _ repository: RemoteRepository,
    _ session: ImageSession, _ reporter: ProgressReporter
  ) async throws -> Int64 {
    let id = layer.digest.short
    switch try await session.layer(layer, index: index, of: diffIDs) {
    case .present:
      try await reporter.say("Already exists", id: id)
      return 0
    case .needed(let ingest):
      do {
        var received: Int64 = 0
        // The store verifies the digest of what it is given, so the stream need not do it too.
        for try await piece in repository.blob(layer, verifying: false) {
          received += Int64(piece.readableBytes)
          try await ingest.write(Array(piece.readableBytesView))
          try await reporter.progress("Downloading", id: id, current: received, total: layer.size)
        }
        try await reporter.say("Download complete", id: id)
        try await reporter.progress("Extracting", id: id, current: received, total: layer.size)
        _ = try await ingest.finish()
        try await reporter.say("Pull complete", id: id)
        return received
      } catch {
        await ingest.abort()
        throw error
      }
    }
  }

  private func announcePull(
    _ reference: ImageReference, _ id: String, _ digest: Digest, _ bytes: Int64, _ time: Duration
  ) async {
    var payload: JSONObject?
    if publisher.isObserved("pull"), let image = try? await resolve(id) {
      payload = [
        "image": .object(image.payload),
        "result": [
          "Id": .string(id), "digest": .string(digest.description), "bytes": .integer(bytes),
          "seconds": .number(Double(time.nanoseconds) / 1e9),
        ],
      ]
    }
    publisher.announce(
      type: "image", action: "pull", id: reference.familiar, attributes: ["name": reference.familiarName],
      payload: payload)
  }
}
