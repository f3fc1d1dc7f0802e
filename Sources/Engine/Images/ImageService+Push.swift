public import EngineAPI
import ImageStore
import JSON
import OCI
import Registry
import Scripting

extension ImageService {
  /// Pushes an image: its compressed blobs are stored as they came or were made, so that a push only sends.
  public func push(
    name: String, tag: String?, auth: AuthConfig?, caller: Caller, progress: @escaping ProgressSink
  ) async throws {
    do {
      let repository = try ImageReference(name)
      let names: [ImageReference]
      if let tag, !tag.isEmpty {
        names = [try repository.with(tag: tag)]
      } else {
        names = store.references().map(\.reference).filter { $0.name == repository.name && $0.tag != nil }
        guard !names.isEmpty else {
          throw EngineError(.notFound, "An image does not exist locally with the tag: \(repository.familiarName)")
        }
      }
      for reference in names {
        guard let image = store.find(reference) else {
          throw EngineError(.notFound, "An image does not exist locally with the tag: \(reference.familiarName)")
        }
        try await gate.pass(
          .push, caller: caller, object: image.id.description,
          payload: [
            "image": .object(try await resolve(reference.familiar).payload),
            "request": ["reference": .string(reference.familiar)],
          ])
      }
      let reporter = ProgressReporter(progress)
      try await reporter.say("The push refers to repository [\(repository.name)]")
      for reference in names { try await push(reference, Self.credentials(auth), reporter) }
    } catch {
      throw Self.wrap(error)
    }
  }

  private func push(
    _ reference: ImageReference, _ credentials: RegistryCredentials, _ reporter: ProgressReporter
  ) async throws {
    guard let image = store.find(reference) else {
      throw EngineError(.notFound, "An image does not exist locally with the tag: \(reference.familiarName)")
    }
    let manifestBytes = try await store.read(image.record.manifest.digest)
    let manifest = try ImageManifest.decode(manifestBytes)
    let repository = registry.repository(of: reference, credentials: credentials)
    for layer in manifest.layers { try await reporter.say("Preparing", id: layer.digest.short) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, layer) in manifest.layers.enumerated() {
        // Docker's limit of five uploads at once.
        if index >= 5 { try await group.next() }
        group.addTask { try await self.pushLayer(layer, to: repository, reporter) }
      }
      try await group.waitForAll()
    }
    let configuration = try await store.read(manifest.config.digest)
    _ = try await repository.upload(manifest.config, from: .bytes(configuration))
    let tag = reference.tag ?? ImageReference.defaultTag
    let digest = try await repository.putManifest(
      manifestBytes, mediaType: image.record.manifest.mediaType, as: .tag(tag))
    try await store.recordDigest(image.id, reference.repository, target: image.record.manifest)
    try await reporter.say("\(tag): digest: \(digest) size: \(manifestBytes.count)")
    try await reporter.send(
      JSONMessage(
        progressDetail: JSONProgress(),
        aux: ["Tag": .string(tag), "Digest": .string(digest.description), "Size": .integer(Int64(manifestBytes.count))])
    )
    publisher.announce(
      type: "image", action: "push", id: reference.familiar, attributes: ["name": reference.familiarName])
  }

  private func pushLayer(
    _ layer: OCI.Descriptor, to repository: RemoteRepository, _ reporter: ProgressReporter
  ) async throws {
    let id = layer.digest.short
    // The client reports from its own thread; the lines are put in order here.
    let (counts, feed) = AsyncStream<Int64>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let telling = Task {
      for await count in counts {
        try await reporter.progress("Pushing", id: id, current: count, total: layer.size)
      }
    }
    defer { feed.finish() }
    let outcome = try await repository.upload(
      layer, from: .file(store.blobPath(layer.digest)), sent: { count in feed.yield(count) })
    feed.finish()
    _ = await telling.result
    switch outcome {
    case .uploaded: try await reporter.say("Pushed", id: id)
    case .present: try await reporter.say("Layer already exists", id: id)
    case .mounted(let origin): try await reporter.say("Mounted from \(origin)", id: id)
    }
  }
}
