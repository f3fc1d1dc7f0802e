internal import CLinux
internal import JSON
internal import LinuxSystem
internal import Logging
public import OCI
internal import Synchronization

extension ImageStore {
  // MARK: - Names

  /// Gives an image another name; the name's former image loses it.
  @discardableResult
  public func tag(_ image: Digest, _ reference: ImageReference) async throws -> ImageSummary {
    try await lane.run { [self] in
      guard let record = state.withLock({ $0.images[image] }) else {
        throw ImageStoreError.noSuchImage(image.description)
      }
      guard reference.digest == nil else {
        throw ImageStoreError(.invalid, "refusing to create a tag with a digest reference")
      }
      try write(ReferenceRecord(reference: reference.withDefaultTag, target: record.manifest, image: image))
      try touch(image)
      return try find("\(image)")
    }
  }

  /// Remembers that a repository has this image under a digest, as after a push.
  public func recordDigest(_ image: Digest, _ reference: ImageReference, target: Descriptor) async throws {
    try await lane.run { [self] in
      guard state.withLock({ $0.images[image] }) != nil else { throw ImageStoreError.noSuchImage(image.description) }
      try write(ReferenceRecord(reference: reference.with(digest: target.digest), target: target, image: image))
    }
  }

  /// Removes a name or an image, by Docker's rules: a name first, the image with its last name. `users` are all
  /// containers. Answers what was done.
  public func remove(_ text: String, force: Bool, users: [ImageUser]) async throws -> [RemovedItem] {
    try await lane.run { [self] in
      let (record, plan) = try state.withLock { (state) throws(ImageStoreError) in
        let id = try Self.resolve(text, in: state)
        guard let record = state.images[id] else { throw .noSuchImage(text) }
        var named: ImageReference?
        if !Self.isID(text, of: id, in: state) {
          let parsed = try? ImageReference(text)
          named =
            parsed.flatMap { state.references[$0] == nil ? nil : $0 }
            ?? parsed.flatMap { reference in reference.digest.map { reference.with(digest: $0) } }
        }
        let removal = ImageRemoval(
          image: id, references: state.references.values.filter { $0.image == id }.map(\.reference).sorted(),
          hasChildren: state.images.values.contains { $0.parent == id }, users: users, isForced: force)
        return (record, try removal.plan(named: named))
      }
      var items: [RemovedItem] = []
      for reference in plan.untag {
        try unlink(paths.reference(reference), durable: true)
        _ = state.withLock { $0.references.removeValue(forKey: reference) }
        items.append(.untagged(reference.familiar, image: record.id))
      }
      if plan.deletesImage { items += try delete(record) }
      return items
    }
  }

  /// Removes images that have no name, no container and no child, or — with `all` — no container and no child.
  /// `isWanted` filters further. Answers what was removed and the bytes that became free.
  public func prune(
    all: Bool, users: [ImageUser], where isWanted: @escaping @Sendable (ImageSummary) -> Bool = { _ in true }
  ) async throws -> (items: [RemovedItem], freed: Int64) {
    try await lane.run { [self] in
      let used = Set(users.map(\.image))
      var items: [RemovedItem] = []
      var freed: Int64 = 0
      for image in list() where (all || image.isDangling) && !used.contains(image.id) && isWanted(image) {
        guard children(of: image.id).isEmpty else { continue }
        let held = state.withLock { state in state.holds.values.contains { $0.image == image.id } }
        guard !held else { continue }
        for reference in references().filter({ $0.image == image.id }).map(\.reference).sorted() {
          try unlink(paths.reference(reference), durable: true)
          _ = state.withLock { $0.references.removeValue(forKey: reference) }
          items.append(.untagged(reference.familiar, image: image.id))
        }
        let removed = try delete(image.record)
        let chains = Set(
          removed.compactMap { item -> Digest? in
            if case .deleted(let chain, isImage: false) = item { chain } else { nil }
          })
        freed += image.record.layers.reduce(0) { $0 + (chains.contains($1.chainID) ? $1.size + $1.blob.size : 0) }
        items += removed
      }
      return (items, freed)
    }
  }

  // MARK: - Containers

  /// Takes an image for a container: its layers stay until `release`, whatever is removed meanwhile. Layers that are
  /// missing on the disk are unpacked again.
  public func hold(_ image: Digest, for owner: String) async throws -> UnpackedImage {
    let record = try await lane.run { [self] in
      try state.withLock { (state) throws(ImageStoreError) in
        guard let record = state.images[image] else { throw .noSuchImage(image.description) }
        state.holds[owner] = Hold(image: image, chainIDs: Set(record.layers.map(\.chainID)))
        return record
      }
    }
    do {
      try await restoreLayers(of: record)
      return UnpackedImage(
        id: image, configuration: try await configuration(of: image),
        layers: record.layers.reversed().map { paths.files($0.chainID) },
        chainIDs: record.layers.reversed().map(\.chainID))
    } catch {
      await release(owner)
      throw error
    }
  }

  /// Registers what a container recorded before the daemon was restarted uses; call it for each before
  /// `collectGarbage`.
  public func restoreHold(_ image: Digest, chainIDs: [Digest], for owner: String) {
    state.withLock { $0.holds[owner] = Hold(image: image, chainIDs: Set(chainIDs)) }
  }

  /// A container is gone: layers that nobody else needs are removed.
  public func release(_ owner: String) async {
    _ = try? await lane.run { [self] in
      guard let hold = state.withLock({ $0.holds.removeValue(forKey: owner) }) else { return }
      try sweep(Lease(blobs: [], chainIDs: hold.chainIDs))
    }
  }

  /// Unpacks what is missing from the blobs.
  private func restoreLayers(of record: ImageRecord) async throws {
    let paths = self.paths
    let missing = try await lane.run {
      record.layers.filter { !FileStatus.exists(paths.files($0.chainID)) }
    }
    guard !missing.isEmpty else { return }
    let session = beginSession()
    do {
      let diffIDs = record.layers.map(\.diffID)
      for (index, layer) in record.layers.enumerated() where missing.contains(layer) {
        switch try await session.layer(layer.blob, index: index, of: diffIDs) {
        case .present: break
        case .needed(let ingest):
          await ingest.abort()
          throw ImageStoreError(
            .corrupt, "layer \(layer.chainID.short) of image \(record.id.short) is lost: pull the image again")
        }
      }
      try await lane.run { [self] in try adoptAttributes(record.layers) }
      flushLayers()
    } catch {
      await session.close()
      throw error
    }
    await session.close()
  }

  // MARK: - Garbage

  /// Removes every blob and layer that no image, container or session needs. Does nothing while a record is in the
  /// quarantine (what it needed is unknown) or a session is open (what it stores next is).
  public func collectGarbage() async throws {
    try await lane.run { [self] in
      guard quarantined.isEmpty, state.withLock({ $0.leases.isEmpty }) else { return }
      var everything = Lease()
      everything.blobs = Set(try content.all())
      do throws(SystemError) {
        for name in try Directory.names(paths.layers) {
          if let chainID = try? Digest(algorithm: .sha256, hex: name) { everything.chainIDs.insert(chainID) }
        }
      } catch {
        throw ImageStoreError(error)
      }
      try sweep(everything)
    }
  }

  /// Removes those of the candidates that nobody needs. Runs on the lane.
  @discardableResult
  func sweep(_ candidates: Lease) throws(ImageStoreError) -> Lease {
    let gone = state.withLock { state in
      var needed = Lease()
      for image in state.images.values {
        needed.blobs.formUnion([image.manifest.digest, image.configuration.digest])
        needed.blobs.formUnion(image.layers.map(\.blob.digest))
        needed.chainIDs.formUnion(image.layers.map(\.chainID))
      }
      for reference in state.references.values { needed.blobs.insert(reference.target.digest) }
      for lease in state.leases.values {
        needed.blobs.formUnion(lease.blobs)
        needed.chainIDs.formUnion(lease.chainIDs)
      }
      for hold in state.holds.values { needed.chainIDs.formUnion(hold.chainIDs) }
      return Lease(
        blobs: candidates.blobs.subtracting(needed.blobs), chainIDs: candidates.chainIDs.subtracting(needed.chainIDs))
    }
    var trash: [String] = []
    for chainID in gone.chainIDs {
      let target = paths.temporary(in: paths.trash)
      let result = cl_renameat2(Int32(CL_AT_FDCWD), paths.layer(chainID), Int32(CL_AT_FDCWD), target, 0)
      if result >= 0 { trash.append(target) }
    }
    for blob in gone.blobs { try content.remove(blob) }
    if !trash.isEmpty {
      let (removed, logger) = (trash, logger)
      let empty: @Sendable () -> Void = {
        for path in removed {
          let result = cl_remove_tree(Int32(CL_AT_FDCWD), path)
          if result < 0 { logger.warning("cannot remove \(path): \(Errno(-result))") }
        }
      }
      do { try OSThread.start(empty) } catch { empty() }
    }
    return gone
  }

  // MARK: - Records, on the lane

  func write(_ reference: ReferenceRecord) throws {
    try File.replace(
      paths.reference(reference.reference), with: JSON.encode(reference), mode: 0o644, durability: .machine)
    state.withLock { $0.references[reference.reference] = reference }
  }

  func write(_ image: ImageRecord) throws {
    try File.replace(paths.record(image.id), with: JSON.encode(image), mode: 0o644, durability: .machine)
    state.withLock { $0.images[image.id] = image }
  }

  /// Docker's `Metadata.LastTagTime`. Losing it in a crash loses nothing.
  private func touch(_ image: Digest) throws {
    guard var record = state.withLock({ $0.images[image] }) else { return }
    record.taggedAt = Self.now
    try File.replace(paths.record(record.id), with: JSON.encode(record), mode: 0o644)
    let touched = record
    state.withLock { $0.images[image] = touched }
  }

  private func delete(_ record: ImageRecord) throws -> [RemovedItem] {
    let targets = state.withLock { state in
      state.references.values.filter { $0.image == record.id }.map(\.target.digest)
    }
    try unlink(paths.record(record.id), durable: true)
    _ = state.withLock { $0.images.removeValue(forKey: record.id) }
    var candidates = Lease()
    candidates.blobs = Set(
      [record.manifest.digest, record.configuration.digest] + record.layers.map(\.blob.digest) + targets)
    candidates.chainIDs = Set(record.layers.map(\.chainID))
    let gone = try sweep(candidates)
    return [.deleted(record.id, isImage: true)]
      + record.layers.reversed().filter { gone.chainIDs.contains($0.chainID) }
      .map { .deleted($0.chainID, isImage: false) }
  }

  private func unlink(_ path: String, durable: Bool) throws(ImageStoreError) {
    let result = cl_unlinkat(Int32(CL_AT_FDCWD), path, 0)
    guard result >= 0 || result == -Errno.noEntry.rawValue else {
      throw ImageStoreError(SystemError(operation: "remove", errno: Errno(-result), path: path))
    }
  }

  /// Runs on the lane, lowest layer first.
  func adoptAttributes(_ layers: [LayerRecord]) throws(ImageStoreError) {
    var below: [String] = []
    for layer in layers {
      let files = paths.files(layer.chainID)
      if let implied = layer.impliedDirectories, !implied.isEmpty {
        try LayerAttributes.adopt(implied.map(\.bytes), in: files, below: below)
      }
      below.insert(files, at: 0)
    }
  }

  static var now: Int64 {
    var (seconds, nanoseconds): (Int64, Int64) = (0, 0)
    cl_realtime(&seconds, &nanoseconds)
    return seconds
  }
}
