internal import Archive
internal import CLinux
internal import JSON
internal import LinuxSystem
public import OCI
internal import Synchronization

extension ImageStore {
  /// Begins to take in an image. What the session stores stays until `close`, and beyond when an image needs it.
  public func beginSession() -> ImageSession {
    let id = state.withLock { state in
      state.nextLease += 1
      state.leases[state.nextLease] = Lease()
      return state.nextLease
    }
    return ImageSession(store: self, id: id)
  }
}

/// One image on its way into the store: pulled, imported, loaded or built.
///
/// ```
/// let session = store.beginSession()
/// try await session.put(manifestBytes, manifestDescriptor)
/// try await session.put(configurationBytes, manifest.config)
/// // for each layer, several at a time:
/// switch try await session.layer(descriptor, index: i, of: configuration.rootfs.diffIDs) {
/// case .present: …                       // stands there already
/// case .needed(let ingest): …            // write the blob's bytes, then finish
/// }
/// let image = try await session.commit(manifest: descriptor, origin: .pull, references: …)
/// await session.close()                  // always
/// ```
public final class ImageSession: Sendable {
  /// A layer's state when it is asked for.
  public enum LayerSlot: Sendable {
    case present(LayerRecord)
    case needed(LayerIngest)
  }

  private let store: ImageStore
  private let id: UInt64

  init(store: ImageStore, id: UInt64) {
    self.store = store
    self.id = id
  }

  /// Stores a manifest, index or configuration after verifying its digest.
  public func put(_ bytes: [UInt8], _ digest: Digest) async throws {
    try lease { $0.blobs.insert(digest) }
    let content = store.content
    try await store.lane.run { try content.write(bytes, digest) }
  }

  /// Asks for layer number `index` of an image with these diff ids.
  ///
  /// Where another session is receiving the same layer or blob, this waits for it. A blob that is stored already is
  /// unpacked from the disk. `progress` is told how many bytes of the blob have been unpacked.
  public func layer(
    _ descriptor: Descriptor, index: Int, of diffIDs: [Digest], progress: (@Sendable (Int64) -> Void)? = nil
  ) async throws -> LayerSlot {
    guard diffIDs.indices.contains(index) else {
      throw ImageStoreError(.invalid, "the image has \(diffIDs.count) layers and no layer \(index + 1)")
    }
    let chains = ChainID.all(diffIDs)
    let chainID = chains[index]
    try lease {
      $0.blobs.insert(descriptor.digest)
      $0.chainIDs.insert(chainID)
    }
    // A blob can be several layers of one image, so both are claimed: the layer, and the blob's arrival.
    await claim([chainID, descriptor.digest])
    let paths = store.paths
    var job = LayerJob(
      paths: paths, expected: descriptor, diffID: diffIDs[index], parent: index == 0 ? nil : chains[index - 1],
      source: .stored, progress: progress)
    do {
      let (layer, hasBlob) = try await store.lane.run { () -> (LayerRecord?, Bool) in
        let hasBlob = (try? FileStatus.of(paths.blob(descriptor.digest)))?.size == descriptor.size
        guard hasBlob, FileStatus.exists(paths.files(chainID)),
          let record = try? JSON.decode(LayerRecord.self, from: File.read(paths.layerRecord(chainID)))
        else { return (nil, hasBlob) }
        return (record, true)
      }
      if var layer {
        layer.blob = descriptor
        unclaim([chainID, descriptor.digest])
        return .present(layer)
      }
      if hasBlob {
        let stored = job
        do {
          let record = try await OSThread.run { try stored.run() }
          unclaim([chainID, descriptor.digest])
          return .present(record)
        } catch let error as ImageStoreError where error.code == .invalid {
          // The stored blob is damaged: take it from the registry again.
          let content = store.content
          try await store.lane.run { try content.remove(descriptor.digest) }
        }
      }
      job.progress = progress
      let ingest = try LayerIngest(job: job) { [self] _ in unclaim([chainID, descriptor.digest]) }
      return .needed(ingest)
    } catch {
      unclaim([chainID, descriptor.digest])
      throw error
    }
  }

  /// Begins a layer from a tar that somebody gives, plain or compressed, on top of `layers` (lowest first). Its blob
  /// is made meanwhile, compressed, so that a push only sends.
  public func makeLayer(
    on layers: [LayerRecord] = [], progress: (@Sendable (Int64) -> Void)? = nil
  ) throws -> LayerIngest {
    try lease { lease in
      lease.blobs.formUnion(layers.map(\.blob.digest))
      lease.chainIDs.formUnion(layers.map(\.chainID))
    }
    let job = LayerJob(
      paths: store.paths, expected: nil, diffID: nil, parent: layers.last?.chainID, source: .stored, progress: progress)
    return try LayerIngest(job: job) { [self] result in
      guard case .success(let layer) = result else { return }
      try? lease { lease in
        lease.blobs.insert(layer.blob.digest)
        lease.chainIDs.insert(layer.chainID)
      }
    }
  }

  /// Records the image of a stored manifest and gives it its names. All its layers stand by now.
  ///
  /// `target` is what the registry has under the names: the manifest itself or the index it was chosen from.
  public func commit(
    manifest descriptor: Descriptor, target: Descriptor? = nil, origin: ImageRecord.Origin, parent: Digest? = nil,
    references: [ImageReference]
  ) async throws -> ImageSummary {
    let store = self.store
    try lease { $0.blobs.insert(descriptor.digest) }
    let summary = try await store.lane.run {
      let manifest = try ImageManifest.decode(store.content.read(descriptor.digest))
      let configuration = try ImageConfiguration.decode(store.content.read(manifest.config.digest))
      guard configuration.rootfs.diffIDs.count == manifest.layers.count else {
        throw ImageStoreError(
          .invalid,
          "the manifest has \(manifest.layers.count) layers and the configuration \(configuration.rootfs.diffIDs.count)"
        )
      }
      var layers: [LayerRecord] = []
      for (blob, chainID) in zip(manifest.layers, ChainID.all(configuration.rootfs.diffIDs)) {
        guard FileStatus.exists(store.paths.files(chainID)) else {
          throw ImageStoreError(.invalid, "layer \(blob.digest.short) has not been unpacked")
        }
        var layer = try JSON.decode(LayerRecord.self, from: File.read(store.paths.layerRecord(chainID)))
        layer.blob = blob
        layers.append(layer)
      }
      try store.adoptAttributes(layers)
      let known = store.state.withLock { $0.images[manifest.config.digest] }
      let record = ImageRecord(
        version: ImageRecord.currentVersion, id: manifest.config.digest, configuration: manifest.config,
        manifest: descriptor, layers: layers, platform: configuration.platform, created: configuration.created,
        labels: configuration.config?.labels ?? [:], parent: parent ?? known?.parent, origin: known?.origin ?? origin,
        recordedAt: known?.recordedAt ?? ImageStore.now, taggedAt: known?.taggedAt)
      try store.write(record)
      for reference in references {
        try store.write(
          ReferenceRecord(reference: reference, target: target ?? descriptor, image: record.id))
      }
      return try store.find("\(record.id)")
    }
    store.flushLayers()
    return summary
  }

  /// Makes an image of layers that were made here: writes its configuration and manifest, then commits it.
  public func create(
    _ configuration: ImageConfiguration, layers: [LayerRecord], origin: ImageRecord.Origin, parent: Digest? = nil,
    references: [ImageReference]
  ) async throws -> ImageSummary {
    var configuration = configuration
    configuration.rootfs = ImageConfiguration.RootFilesystem(diffIDs: layers.map(\.diffID))
    let configurationBytes = try configuration.encoded()
    let configurationDigest = Digest.sha256(of: configurationBytes)
    let isDocker = layers.allSatisfy { $0.blob.mediaType.compression != .zstd }
    let manifest = ImageManifest(
      mediaType: isDocker ? .dockerManifest : .ociManifest,
      config: Descriptor(
        mediaType: isDocker ? .dockerConfiguration : .ociConfiguration, digest: configurationDigest,
        size: Int64(configurationBytes.count)),
      layers: layers.map { layer in
        var blob = layer.blob
        if !isDocker, blob.mediaType == .dockerLayerGzip { blob.mediaType = .ociLayerGzip }
        if isDocker, blob.mediaType == .ociLayerGzip { blob.mediaType = .dockerLayerGzip }
        return blob
      })
    let manifestBytes = try manifest.encoded()
    let descriptor = Descriptor(
      mediaType: isDocker ? .dockerManifest : .ociManifest, digest: Digest.sha256(of: manifestBytes),
      size: Int64(manifestBytes.count))
    try await put(configurationBytes, configurationDigest)
    try await put(manifestBytes, descriptor.digest)
    return try await commit(manifest: descriptor, origin: origin, parent: parent, references: references)
  }

  /// Ends the session: what it stored and no image needs is removed.
  public func close() async {
    let store = self.store
    let id = self.id
    _ = try? await store.lane.run {
      guard let lease = store.state.withLock({ $0.leases.removeValue(forKey: id) }) else { return }
      try store.sweep(lease)
    }
  }

  private func lease(_ change: (inout ImageStore.Lease) -> Void) throws(ImageStoreError) {
    try store.state.withLock { (state) throws(ImageStoreError) in
      guard var lease = state.leases[id] else { throw ImageStoreError(.closed, "the session has ended") }
      change(&lease)
      state.leases[id] = lease
    }
  }

  /// Waits until nobody receives any of these, and marks all of them at once: two claimants cannot hold one each.
  private func claim(_ digests: Set<Digest>) async {
    while true {
      let isClaimed = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
        let claimed = store.state.withLock { state in
          if let busy = digests.first(where: { state.arriving[$0] != nil }) {
            state.arriving[busy]?.append(continuation)
            return false
          }
          for digest in digests { state.arriving[digest] = [] }
          return true
        }
        if claimed { continuation.resume(returning: true) }
      }
      if isClaimed { return }
    }
  }

  private func unclaim(_ digests: Set<Digest>) {
    let waiting = store.state.withLock { state in
      digests.flatMap { state.arriving.removeValue(forKey: $0) ?? [] }
    }
    for continuation in waiting { continuation.resume(returning: false) }
  }
}
