import CLinux
import ImageStore
import LinuxSystem
import OCI
import Testing

@Suite struct ImportTests {
  let directory: TemporaryStore
  let layer: TestLayer

  init() throws {
    directory = try TemporaryStore()
    layer = try TestLayer([("etc/", []), ("etc/motd", bytes(300_000))])
  }

  private func importLayer(_ bytes: [UInt8], piece: Int = 4096) async throws -> (ImageStore, ImageSummary) {
    let store = try await directory.open()
    let session = store.beginSession()
    let ingest = try session.makeLayer()
    for start in stride(from: 0, to: bytes.count, by: piece) {
      try await ingest.write(Array(bytes[start..<min(start + piece, bytes.count)]))
    }
    let made = try await ingest.finish()
    var process = ImageConfiguration.Process()
    process.cmd = ["/bin/sh"]
    let summary = try await session.create(
      ImageConfiguration(config: process, diffIDs: [], created: "2026-01-01T00:00:00Z"), layers: [made],
      origin: .import, references: [ImageReference("imported:1")])
    await session.close()
    return (store, summary)
  }

  @Test(arguments: [true, false]) func tarBecomesAnImage(compressed: Bool) async throws {
    let (store, summary) = try await importLayer(compressed ? layer.blob : layer.tar)
    #expect(summary.repoTags == ["imported:1"])
    #expect(summary.record.layers.map(\.diffID) == [layer.diffID])
    let held = try await store.hold(summary.id, for: "c")
    #expect(try File.read("\(held.layers[0])/etc/motd") == bytes(300_000))
    // What a push would send: a compressed blob whose digest is its own.
    let blob = summary.record.layers[0].blob
    let stored = try File.read(store.blobPath(blob.digest))
    #expect(Digest.sha256(of: stored) == blob.digest && Int64(stored.count) == blob.size)
    #expect(stored.starts(with: [0x1f, 0x8b]))
    let manifest = try ImageManifest.decode(try await store.read(summary.record.manifest.digest))
    #expect(manifest.layers == [blob])
  }

  /// Pushed and pulled again, the image is the same.
  @Test func importedImageCanBePulled() async throws {
    let (store, summary) = try await importLayer(layer.tar)
    let blob = try File.read(store.blobPath(summary.record.layers[0].blob.digest))
    var pushed = layer
    pushed.blob = blob
    pushed.descriptor = summary.record.layers[0].blob
    let elsewhere = try TemporaryStore()
    let target = try await elsewhere.open()
    var image = try TestImage([pushed])
    image.configuration = try await store.read(summary.id)
    image.manifest = try await store.read(summary.record.manifest.digest)
    image.descriptor = summary.record.manifest
    #expect(try await image.pull(into: target, as: ["x"]).id == summary.id)
  }

  @Test func layerOnTopOfAnother() async throws {
    let (store, base) = try await importLayer(layer.tar)
    let session = store.beginSession()
    let top = try TestLayer([("new", [1])])
    let ingest = try session.makeLayer(on: base.record.layers)
    try await ingest.write(top.tar)
    let made = try await ingest.finish()
    #expect(made.chainID == ChainID.all([layer.diffID, top.diffID])[1])
    let child = try await session.create(
      try await store.configuration(of: base.id), layers: base.record.layers + [made], origin: .commit,
      parent: base.id, references: [])
    await session.close()
    #expect(try await store.hold(child.id, for: "c").layers.count == 2)
  }

  @Test func brokenTarLeavesNothing() async throws {
    await #expect(throws: ImageStoreError.self) { try await importLayer(Array(layer.tar[..<100_000])) }
    let store = try await directory.open()
    #expect(store.list().isEmpty)
    #expect(try Directory.names("\(directory.root)/content/ingest").isEmpty)
  }
}
