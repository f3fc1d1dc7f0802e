internal import CLinux
internal import JSON
internal import LinuxSystem
internal import Logging
internal import OCI
internal import Synchronization

extension ImageStore {
  /// Reads all records. Runs on the lane, before anything else.
  func load() throws {
    do throws(SystemError) {
      for path in paths.all { try Directory.makeAll(path, mode: 0o711) }
      for leftover in [paths.ingest, paths.trash] {
        for name in try Directory.names(leftover) {
          let result = cl_remove_tree(Int32(CL_AT_FDCWD), "\(leftover)/\(name)")
          if result < 0 { logger.warning("cannot remove \(leftover)/\(name): \(Errno(-result))") }
        }
      }
    } catch {
      throw ImageStoreError(error)
    }
    var loaded = State()
    try readAll(paths.records, ImageRecord.self, &loaded) { record, name, state in
      guard record.version == ImageRecord.currentVersion else { return "version \(record.version) is unknown" }
      guard name == record.id.hex else { return "it is about another image" }
      state.images[record.id] = record
      return nil
    }
    try readAll(paths.references, ReferenceRecord.self, &loaded) { record, name, state in
      guard record.version == ReferenceRecord.currentVersion else { return "version \(record.version) is unknown" }
      guard name == OCI.Digest.sha256(of: Array(record.reference.description.utf8)).hex else {
        return "it is about another name"
      }
      guard state.images[record.image] != nil else { return "its image \(record.image) has no record" }
      state.references[record.reference] = record
      return nil
    }
    do throws(SystemError) {
      for name in try Directory.names(paths.quarantine).sorted() where !name.hasSuffix(".reason") {
        let reason = (try? File.readText("\(paths.quarantine)/\(name).reason")) ?? "unknown"
        loaded.quarantined.append(QuarantinedRecord(path: "\(paths.quarantine)/\(name)", reason: reason))
      }
      try dropUnsyncedLayers()
    } catch {
      throw ImageStoreError(error)
    }
    let result = loaded
    state.withLock { state in
      state.images = result.images
      state.references = result.references
      state.quarantined = result.quarantined
    }
  }

  private func readAll<Record: Decodable>(
    _ directory: String, _ type: Record.Type, _ state: inout State,
    _ accept: (Record, _ name: String, inout State) -> String?
  ) throws(ImageStoreError) {
    let names: [String]
    do {
      names = try Directory.names(directory)
    } catch {
      throw ImageStoreError(error)
    }
    for name in names {
      let path = "\(directory)/\(name)"
      guard name.hasSuffix(".json"), !name.hasPrefix(".") else {
        // The rest of a write that a crash interrupted.
        _ = cl_unlinkat(Int32(CL_AT_FDCWD), path, 0)
        continue
      }
      let reason: String?
      do {
        let record = try JSON.decode(type, from: File.read(path))
        reason = accept(record, String(name.dropLast(".json".count)), &state)
      } catch {
        reason = "\(error)"
      }
      if let reason { quarantine(path, name, reason) }
    }
  }

  /// Moves a record aside with the reason beside it. Nothing unreadable is deleted.
  private func quarantine(_ path: String, _ name: String, _ reason: String) {
    let target = "\(paths.quarantine)/\(name)"
    logger.error("record \(path) cannot be read and is moved to \(target): \(reason)")
    _ = cl_renameat2(Int32(CL_AT_FDCWD), path, Int32(CL_AT_FDCWD), target, 0)
    try? File.replace("\(target).reason", with: Array(reason.utf8))
  }

  /// Layers that the machine may have lost half of when it went down. They come back from their blobs when they are
  /// needed; those of this boot are on their way to the disk and only that is started again.
  private func dropUnsyncedLayers() throws(SystemError) {
    var isPending = false
    for name in try Directory.names(paths.unsynced) {
      let mark = "\(paths.unsynced)/\(name)"
      if (try? File.readText(mark)) == BootID.current {
        isPending = true
        continue
      }
      let hex = name.split(separator: ".").last.map(String.init) ?? name
      if let chainID = try? Digest(algorithm: .sha256, hex: hex) {
        logger.notice("layer \(chainID.short) was not on the disk when the machine went down: it is unpacked again")
        let result = cl_remove_tree(Int32(CL_AT_FDCWD), paths.layer(chainID))
        try check(result, "remove", paths.layer(chainID))
      }
      _ = cl_unlinkat(Int32(CL_AT_FDCWD), mark, 0)
    }
    if isPending { flushLayers() }
  }

  /// Writes layers to the disk on a thread of its own, and forgets that they were not.
  func flushLayers() {
    let paths = self.paths
    let logger = self.logger
    do {
      try OSThread.start {
        do throws(SystemError) {
          // Only what was there before the flush is known to be on the disk after it.
          let marks = try Directory.names(paths.unsynced)
          let root = try OwnedDescriptor.open(paths.layers, .directory)
          try check(cl_syncfs(root.rawValue), "flush", paths.layers)
          for mark in marks { _ = cl_unlinkat(Int32(CL_AT_FDCWD), "\(paths.unsynced)/\(mark)", 0) }
        } catch {
          logger.warning("layers could not be flushed: \(error)")
        }
      }
    } catch {
      logger.warning("layers could not be flushed: \(error)")
    }
  }
}
