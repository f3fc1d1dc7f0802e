internal import Archive
internal import CLinux
internal import JSON
internal import LinuxSystem
internal import OCI

/// Takes one layer in, on a thread of its own: stores the blob, verifies both digests, unpacks the files.
///
/// Whatever fails, nothing of it stays.
struct LayerJob: Sendable {
  enum Source: Sendable {
    /// Bytes that arrive; they are stored.
    case queue(ChunkQueue)
    /// The blob is in the store already.
    case stored
  }

  var paths: StorePaths
  /// Nil for a layer that is made here: it gets its digest from its bytes, and is compressed when it is not.
  var expected: Descriptor?
  var diffID: OCI.Digest?
  var parent: OCI.Digest?
  var source: Source
  /// Called with the bytes of the blob that have been unpacked.
  var progress: (@Sendable (Int64) -> Void)?
  var limits = LayerExtractor.Limits()

  private static let readSize = 1 << 20

  func run() throws(ImageStoreError) -> LayerRecord {
    let blobPath = paths.temporary(in: paths.ingest)
    let directory = paths.temporary(in: paths.ingest)
    defer {
      _ = cl_unlinkat(Int32(CL_AT_FDCWD), blobPath, 0)
      _ = cl_remove_tree(Int32(CL_AT_FDCWD), directory)
    }
    do {
      try Directory.make(directory, mode: 0o700)
      try Directory.make("\(directory)/fs", mode: 0o755)
      let received = try receive(into: "\(directory)/fs", storing: blobPath)
      return try publish(received, directory: directory, blobPath: blobPath)
    } catch let error as ImageStoreError {
      throw error
    } catch let error as ArchiveError {
      throw ImageStoreError(error, layer: expected?.digest)
    } catch let error as SystemError {
      throw ImageStoreError(error)
    } catch is CancellationError {
      throw ImageStoreError(.closed, "the transfer was cancelled")
    } catch {
      throw ImageStoreError(.system, "\(error)")
    }
  }

  private struct Received {
    var outcome: LayerUnpacker.Outcome
    var blob: Descriptor
    var isStored: Bool
  }

  private func receive(into files: String, storing blobPath: String) throws -> Received {
    let target = try OwnedDescriptor.open(files, .directory)
    var unpacker = try LayerUnpacker(into: target, limits: limits)
    var hash = BlobHash(expected?.digest.algorithm ?? .sha256)
    var size: Int64 = 0
    func take(_ bytes: UnsafeRawBufferPointer) throws {
      hash.update(bytes)
      size += Int64(bytes.count)
      if let expected, size > expected.size {
        throw ImageStoreError(
          .invalid, "layer \(expected.digest.short) is larger than its descriptor says (\(expected.size) bytes)")
      }
      try unpacker.feed(bytes)
      progress?(size)
    }
    switch source {
    case .stored:
      guard let expected else { throw ImageStoreError(.invalid, "a stored layer needs its descriptor") }
      let blob = try OwnedDescriptor.open(paths.blob(expected.digest))
      while true {
        let chunk = try blob.read(upTo: Self.readSize)
        if chunk.isEmpty { break }
        try chunk.withUnsafeBytes(take)
      }
      let outcome = try unpacker.finish()
      try verify(hash.digest, size, outcome)
      return Received(outcome: outcome, blob: expected, isStored: true)
    case .queue(let queue):
      let blob = try OwnedDescriptor.open(blobPath, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o644)
      if let expected {
        while let chunk = try queue.pop() {
          try blob.writeAll(chunk)
          try chunk.withUnsafeBytes(take)
        }
        let outcome = try unpacker.finish()
        try verify(hash.digest, size, outcome)
        return Received(outcome: outcome, blob: expected, isStored: false)
      }
      return try receiveMade(queue, &unpacker, blob.rawValue)
    }
  }

  /// A layer from a tar that somebody gives: kept as it is when it is compressed, compressed otherwise.
  private func receiveMade(
    _ queue: ChunkQueue, _ unpacker: inout LayerUnpacker, _ blob: Int32
  ) throws -> Received {
    var hash = BlobHash(.sha256)
    var size: Int64 = 0
    var consumed: Int64 = 0
    func store(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
      hash.update(bytes)
      size += Int64(bytes.count)
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = cl_write(blob, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        guard count >= 0 else {
          if count == -Int(Errno.interrupted.rawValue) { continue }
          throw ArchiveError.writing(blob: count)
        }
        rest = rest.dropFirst(count)
      }
    }
    var compressor = GzipCompressor()
    var compresses = false
    var pending: [UInt8] = []
    var isDecided = false
    while let chunk = try queue.pop() {
      try unpacker.feed(chunk)
      consumed += Int64(chunk.count)
      progress?(consumed)
      if !isDecided {
        pending += chunk
        guard let compression = unpacker.compression else { continue }
        isDecided = true
        compresses = compression == .none
        try Self.pass(pending, through: &compressor, if: compresses, to: store)
        pending = []
      } else {
        try Self.pass(chunk, through: &compressor, if: compresses, to: store)
      }
    }
    if !isDecided {
      compresses = true
      try Self.pass(pending, through: &compressor, if: compresses, to: store)
    }
    if compresses { try compressor.finish(output: store) }
    let outcome = try unpacker.finish()
    let type: MediaType = outcome.compression == .zstd ? .ociLayerZstd : .dockerLayerGzip
    return Received(
      outcome: outcome, blob: Descriptor(mediaType: type, digest: hash.digest, size: size), isStored: false)
  }

  private static func pass(
    _ bytes: [UInt8], through compressor: inout GzipCompressor, if compresses: Bool,
    to store: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
  ) throws {
    try bytes.withUnsafeBytes { bytes in
      if compresses { try compressor.feed(bytes, output: store) } else { try store(bytes) }
    }
  }

  private func verify(_ digest: OCI.Digest, _ size: Int64, _ outcome: LayerUnpacker.Outcome) throws(ImageStoreError) {
    guard let expected else { return }
    guard size == expected.size else {
      throw ImageStoreError(
        .invalid, "layer \(expected.digest.short) has \(size) bytes and not \(expected.size) as its descriptor says")
    }
    guard digest == expected.digest else {
      throw ImageStoreError(
        .invalid, "filesystem layer verification failed for digest \(expected.digest): its bytes are \(digest)")
    }
    let found = OCI.Digest.wrapping(outcome.diffSHA256)
    if let diffID, found != diffID {
      throw ImageStoreError(
        .invalid, "layer \(expected.digest.short) unpacks to \(found) and not to \(diffID) as its image says")
    }
  }

  /// Gives the blob and the layer their names. First the blob: a layer whose blob is missing could not be pushed.
  private func publish(_ received: Received, directory: String, blobPath: String) throws -> LayerRecord {
    let found = OCI.Digest.wrapping(received.outcome.diffSHA256)
    let record = LayerRecord(
      chainID: ChainID.of(found, on: parent), diffID: found, blob: received.blob,
      size: received.outcome.summary.bytes,
      impliedDirectories: received.outcome.summary.impliedDirectories.map { Bytes($0) })
    if !received.isStored {
      try check(cl_renameat2(-100, blobPath, -100, paths.blob(received.blob.digest), 0), "rename", blobPath)
    }
    try File.replace("\(directory)/layer.json", with: JSON.encode(record))
    let mark = paths.temporary(in: paths.unsynced) + ".\(record.chainID.hex)"
    try File.replace(mark, with: Array(BootID.current.utf8))
    let result = cl_renameat2(
      -100, directory, -100, paths.layer(record.chainID), UInt32(CL_RENAME_NOREPLACE))
    if result == -Errno.exists.rawValue || result == -Errno.notEmpty.rawValue { return record }
    try check(result, "rename", directory)
    return record
  }
}

extension ArchiveError {
  fileprivate static func writing(blob result: Int) -> ArchiveError {
    .failed("write blob", Errno(Int32(truncatingIfNeeded: -result)))
  }
}

/// Tells one run of the machine from the next.
enum BootID {
  static let current: String = {
    let text = (try? File.readText("/proc/sys/kernel/random/boot_id")) ?? "unknown"
    return String(text.prefix { !$0.isNewline })
  }()
}
