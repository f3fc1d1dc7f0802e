import Archive
import CLinux
import Glibc
import ImageStore
import LinuxSystem
import Logging
import OCI
import Synchronization
import Testing

/// A store in a directory of the test's own, removed at the end.
final class TemporaryStore: Sendable {
  let path: String
  private let isMounted: Bool

  /// With `mebibytes` the store lies on an ext4 of that size on a loop device: a disk that can really be full.
  init(mebibytes: Int? = nil) throws {
    var template = Array("/tmp/moonpool-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw SystemError(operation: "mkdtemp", errno: Errno(errno)) }
    path = String(cString: made)
    isMounted = mebibytes != nil
    try Directory.make(root)
    if let mebibytes {
      try run(["truncate", "-s", "\(mebibytes)M", "\(path)/disk"])
      try run(["mkfs.ext4", "-q", "-F", "\(path)/disk"])
      try run(["mount", "-o", "loop", "\(path)/disk", root])
    }
  }

  var root: String { "\(path)/root" }

  func open() async throws -> ImageStore {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return try await ImageStore.open(root: root, logger: logger)
  }

  deinit {
    // Lazily: the store may still be flushing it.
    if isMounted { try? run(["umount", "-l", root]) }
    _ = cl_remove_tree(-100, path)
  }
}

func run(_ arguments: [String]) throws {
  var process: pid_t = 0
  var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  let failure = posix_spawnp(&process, arguments[0], nil, nil, pointers, environ)
  try #require(failure == 0, "\(arguments[0]) cannot be started")
  var status: Int32 = 0
  _ = waitpid(process, &status, 0)
  try #require(status == 0, "\(arguments) failed with \(status)")
}

/// A layer as a registry would hold it.
struct TestLayer: Sendable {
  var tar: [UInt8]
  var blob: [UInt8]
  var diffID: Digest
  var descriptor: Descriptor

  init(_ files: [(path: String, content: [UInt8])], compressed: Bool = true) throws {
    var tar: [UInt8] = []
    try withUnsafeMutablePointer(to: &tar) { tar in
      var writer = TarWriter { tar.pointee.append(contentsOf: $0) }
      for (path, content) in files {
        let isDirectory = path.hasSuffix("/")
        try writer.begin(
          TarEntry(
            kind: isDirectory ? .directory : .file, path: Array(path.utf8),
            mode: isDirectory ? (path.hasPrefix("tmp") ? 0o1777 : 0o755) : 0o644, size: Int64(content.count),
            modifiedSeconds: 1_000_000))
        try content.withUnsafeBufferPointer { try writer.content(UnsafeRawBufferPointer($0)) }
      }
      try writer.finish()
    }
    try self.init(tar: tar, compressed: compressed)
  }

  init(tar: [UInt8], compressed: Bool = true) throws {
    self.tar = tar
    var blob: [UInt8] = []
    if compressed {
      try withUnsafeMutablePointer(to: &blob) { blob in
        var compressor = GzipCompressor()
        try tar.withUnsafeBufferPointer { bytes in
          try compressor.feed(UnsafeRawBufferPointer(bytes)) { blob.pointee.append(contentsOf: $0) }
        }
        try compressor.finish { blob.pointee.append(contentsOf: $0) }
      }
    } else {
      blob = tar
    }
    self.blob = blob
    diffID = Digest.sha256(of: tar)
    descriptor = Descriptor(
      mediaType: compressed ? .dockerLayerGzip : .dockerLayer, digest: Digest.sha256(of: blob),
      size: Int64(blob.count))
  }
}

/// An image as a registry would hold it.
struct TestImage: Sendable {
  var layers: [TestLayer]
  var configuration: [UInt8]
  var manifest: [UInt8]
  var descriptor: Descriptor
  var id: Digest { Digest.sha256(of: configuration) }
  var diffIDs: [Digest] { layers.map(\.diffID) }

  init(_ layers: [TestLayer], command: String = "true", diffIDs: [Digest]? = nil) throws {
    self.layers = layers
    var process = ImageConfiguration.Process()
    process.cmd = [command]
    process.labels = ["test": command]
    configuration = try ImageConfiguration(
      config: process, diffIDs: diffIDs ?? layers.map(\.diffID), created: "2026-01-01T00:00:00Z"
    ).encoded()
    manifest = try ImageManifest(
      mediaType: .dockerManifest,
      config: Descriptor(
        mediaType: .dockerConfiguration, digest: Digest.sha256(of: configuration), size: Int64(configuration.count)),
      layers: layers.map(\.descriptor)
    ).encoded()
    descriptor = Descriptor(
      mediaType: .dockerManifest, digest: Digest.sha256(of: manifest), size: Int64(manifest.count))
  }

  /// Pulls as the engine does: all layers at once.
  @discardableResult
  func pull(
    into store: ImageStore, as names: [String], piece: Int = 5000, downloads: Counter? = nil
  ) async throws -> ImageSummary {
    let session = store.beginSession()
    do {
      try await session.put(manifest, descriptor.digest)
      try await session.put(configuration, id)
      let diffIDs = try ImageConfiguration.decode(configuration).rootfs.diffIDs
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, layer) in layers.enumerated() {
          group.addTask {
            switch try await session.layer(layer.descriptor, index: index, of: diffIDs) {
            case .present: break
            case .needed(let ingest):
              downloads?.increment()
              do {
                for start in stride(from: 0, to: layer.blob.count, by: piece) {
                  try await ingest.write(Array(layer.blob[start..<min(start + piece, layer.blob.count)]))
                }
                _ = try await ingest.finish()
              } catch {
                await ingest.abort()
                throw error
              }
            }
          }
        }
        try await group.waitForAll()
      }
      let references = try names.map { try ImageReference($0) }
      let summary = try await session.commit(
        manifest: descriptor, origin: .pull,
        references: references + references.map { $0.with(digest: descriptor.digest) })
      await session.close()
      return summary
    } catch {
      await session.close()
      throw error
    }
  }
}

final class Counter: Sendable {
  private let storage = Mutex(0)
  func increment() { storage.withLock { $0 += 1 } }
  var value: Int { storage.withLock { $0 } }
}

func bytes(_ count: Int, seed: Int = 1) -> [UInt8] {
  var state = UInt64(bitPattern: Int64(seed)) &* 0x9e37_79b9_7f4a_7c15
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
}

/// Files that the store keeps, without its own directories: what must be empty after a failure.
func leftovers(_ store: TemporaryStore) throws -> [String] {
  var found: [String] = []
  for directory in [
    "content/blobs/sha256", "content/ingest", "layers", "images/records", "images/references", "images/quarantine",
  ] {
    found += try Directory.names("\(store.root)/\(directory)").map { "\(directory)/\($0)" }
  }
  return found.sorted()
}
