internal import Archive
internal import CLinux
internal import JSON
internal import LinuxSystem
public import Logging
public import OCI
internal import Synchronization

/// Images on this machine: their content, their unpacked layers and their names.
///
/// Everything that is listed is held in memory; changes happen one after the other on a thread of the store's own, each
/// written to the disk before it is seen. A blob or layer exists once, however many images have it, and is removed when
/// the last image, session and container has let go of it.
///
/// After a crash: what was arriving is removed at `open`; a record that cannot be read is moved to the quarantine and
/// listed; names are flushed to the disk, layers are flushed behind the pull's back and unpacked again from their blobs
/// where the machine went down before that (`content/unsynced`).
public final class ImageStore: Sendable {
  struct Hold {
    var image: Digest
    var chainIDs: Set<Digest>
  }

  struct State {
    var images: [Digest: ImageRecord] = [:]
    var references: [ImageReference: ReferenceRecord] = [:]
    var quarantined: [QuarantinedRecord] = []
    /// What containers use, by container.
    var holds: [String: Hold] = [:]
    /// What open sessions have touched.
    var leases: [UInt64: Lease] = [:]
    var nextLease: UInt64 = 0
    /// Blobs and layers that are arriving, and who waits for them.
    var arriving: [Digest: [CheckedContinuation<Bool, Never>]] = [:]
  }

  struct Lease {
    var blobs: Set<Digest> = []
    var chainIDs: Set<Digest> = []
  }

  public let paths: StorePaths
  let content: ContentStore
  let lane: Lane
  let state = Mutex(State())
  let logger: Logger

  private init(paths: StorePaths, lane: Lane, logger: Logger) {
    self.paths = paths
    self.content = ContentStore(paths: paths)
    self.lane = lane
    self.logger = logger
  }

  deinit { lane.close() }

  /// Opens the store below `root`, the daemon's data root. One process at a time may have it open.
  public static func open(root: String, logger: Logger) async throws -> ImageStore {
    let lane = try Lane()
    let store = ImageStore(paths: StorePaths(root: root), lane: lane, logger: logger)
    try await lane.run { try store.load() }
    return store
  }

  /// Ends the store's thread after what is queued.
  public func close() { lane.close() }

  // MARK: - Asking

  /// All images, the newest first.
  public func list() -> [ImageSummary] {
    state.withLock { state in
      let names = Dictionary(grouping: state.references.values, by: \.image)
      return state.images.values.map { Self.summary($0, names[$0.id] ?? []) }
        .sorted { ($0.record.created ?? "", $0.id) > ($1.record.created ?? "", $1.id) }
    }
  }

  /// The image that a user means: by name, by name with digest, by id or by the beginning of an id.
  public func find(_ text: String) throws(ImageStoreError) -> ImageSummary {
    try state.withLock { (state) throws(ImageStoreError) in
      let id = try Self.resolve(text, in: state)
      guard let record = state.images[id] else { throw .noSuchImage(text) }
      return Self.summary(record, state.references.values.filter { $0.image == id })
    }
  }

  public func find(_ reference: ImageReference) -> ImageSummary? {
    state.withLock { state in
      guard let id = state.references[reference]?.image, let record = state.images[id] else { return nil }
      return Self.summary(record, state.references.values.filter { $0.image == id })
    }
  }

  /// What a name stands for, with the registry's descriptor.
  public func reference(_ reference: ImageReference) -> ReferenceRecord? {
    state.withLock { $0.references[reference] }
  }

  public func references() -> [ReferenceRecord] { state.withLock { Array($0.references.values) } }

  /// Records that could not be read at start.
  public var quarantined: [QuarantinedRecord] { state.withLock { $0.quarantined } }

  /// Images that were built upon this one.
  public func children(of image: Digest) -> [Digest] {
    state.withLock { state in state.images.values.filter { $0.parent == image }.map(\.id).sorted() }
  }

  /// The image's configuration, read from the disk.
  public func configuration(of image: Digest) async throws -> ImageConfiguration {
    try ImageConfiguration.decode(try await read(image))
  }

  /// A manifest, index or configuration, verified against its digest.
  public func read(_ digest: Digest) async throws -> [UInt8] {
    let content = self.content
    return try await lane.run { try content.read(digest) }
  }

  /// Where a blob lies, for sending it.
  public func blobPath(_ digest: Digest) -> String { paths.blob(digest) }

  /// Whether a blob is stored.
  public func contains(_ digest: Digest) async throws -> Bool {
    let content = self.content
    return try await lane.run { content.contains(digest) }
  }

  static func summary(_ record: ImageRecord, _ references: some Sequence<ReferenceRecord>) -> ImageSummary {
    var summary = ImageSummary(record: record, repoTags: [], repoDigests: [])
    for reference in references {
      if reference.reference.digest == nil {
        summary.repoTags.append(reference.reference.familiar)
      } else {
        summary.repoDigests.append(reference.reference.familiar)
      }
    }
    summary.repoTags.sort()
    summary.repoDigests.sort()
    return summary
  }

  /// Docker's order: a full id, a name, the beginning of an id.
  static func resolve(_ text: String, in state: State) throws(ImageStoreError) -> Digest {
    let hex = text.hasPrefix("sha256:") ? String(text.dropFirst("sha256:".count)) : text
    if let id = try? Digest(algorithm: .sha256, hex: hex) {
      guard state.images[id] != nil else { throw .noSuchImage(text) }
      return id
    }
    if let reference = try? ImageReference(text) {
      if let found = state.references[reference] { return found.image }
      // A name with tag and digest means the digest.
      if let digest = reference.digest, let found = state.references[reference.with(digest: digest)] {
        return found.image
      }
    } else if !text.hasPrefix("sha256:") {
      do {
        _ = try ImageReference(text)
      } catch {
        throw ImageStoreError(.invalid, "\(error)")
      }
    }
    let isHexadecimal = !hex.isEmpty && hex.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    guard isHexadecimal else { throw .noSuchImage(text) }
    let matches = state.images.keys.filter { $0.hex.hasPrefix(hex) }
    guard matches.count <= 1 else {
      throw ImageStoreError(.ambiguous, "multiple IDs found with provided prefix: \(text)")
    }
    guard let match = matches.first else { throw .noSuchImage(text) }
    return match
  }

  /// Whether the text names an image by its id and not by a name.
  static func isID(_ text: String, of image: Digest, in state: State) -> Bool {
    if let reference = try? ImageReference(text), state.references[reference] != nil { return false }
    let hex = text.hasPrefix("sha256:") ? text.dropFirst("sha256:".count) : text[...]
    return image.hex.hasPrefix(hex)
  }
}
