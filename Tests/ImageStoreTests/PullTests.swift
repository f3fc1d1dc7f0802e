import CLinux
import ImageStore
import LinuxSystem
import OCI
import Testing

@Suite struct PullTests {
  let directory: TemporaryStore
  let base: TestLayer
  let top: TestLayer

  init() throws {
    directory = try TemporaryStore()
    base = try TestLayer([("bin/", []), ("bin/sh", bytes(200_000)), ("tmp/", [])])
    top = try TestLayer([("app", Array("hello".utf8)), ("tmp/x", Array("x".utf8))])
  }

  @Test func imageIsUnpackedListedAndHeld() async throws {
    let store = try await directory.open()
    let image = try TestImage([base, top])
    let summary = try await image.pull(into: store, as: ["app:1"])
    #expect(summary.id == image.id)
    #expect(summary.repoTags == ["app:1"])
    #expect(summary.repoDigests == ["app@\(image.descriptor.digest)"])
    #expect(summary.record.size == 200_006)
    #expect(summary.record.labels == ["test": "true"])
    let held = try await store.hold(image.id, for: "c1")
    #expect(held.layers.count == 2)
    #expect(try File.readText("\(held.layers[0])/app") == "hello")
    #expect(try File.read("\(held.layers[1])/bin/sh") == bytes(200_000))
    #expect(held.configuration.config?.cmd == ["true"])
    #expect(held.chainIDs == ChainID.all([base.diffID, top.diffID]).reversed())
    // The compressed blobs stand ready for a push.
    #expect(try File.read(store.blobPath(base.descriptor.digest)) == base.blob)
  }

  /// The layer has no entry for `tmp`: it keeps the sticky bit and the time of the layer below.
  @Test func impliedDirectoriesTakeTheirAttributesFromBelow() async throws {
    let store = try await directory.open()
    let image = try TestImage([base, top])
    try await image.pull(into: store, as: ["app"])
    let held = try await store.hold(image.id, for: "c1")
    let status = try FileStatus.of("\(held.layers[0])/tmp")
    #expect(status.permissions == 0o1777)
    #expect(status.modifiedSeconds == 1_000_000)
  }

  @Test func everythingIsThereAfterAReopen() async throws {
    let image = try TestImage([base, top])
    do {
      let store = try await directory.open()
      try await image.pull(into: store, as: ["app", "other:2"])
      store.close()
    }
    let store = try await directory.open()
    #expect(store.list().map(\.repoTags) == [["app:latest", "other:2"]])
    #expect(try store.find("app").id == image.id)
    #expect(try store.find(image.id.short).id == image.id)
    #expect(try store.find("app@\(image.descriptor.digest)").id == image.id)
    #expect(try await store.hold(image.id, for: "c").layers.count == 2)
  }

  @Test func sharedLayersAreTakenOnce() async throws {
    let store = try await directory.open()
    let downloads = Counter()
    try await TestImage([base]).pull(into: store, as: ["base"], downloads: downloads)
    try await TestImage([base, top]).pull(into: store, as: ["app"], downloads: downloads)
    #expect(downloads.value == 2)
    #expect(try Directory.names(store.paths.layers).count == 2)
  }

  /// Two pulls of one image at the same time receive every layer once, however their requests cross.
  @Test func pullsAtTheSameTimeShareLayers() async throws {
    let store = try await directory.open()
    let layers = try (0..<6).map { try TestLayer([("f\($0)", bytes(100_000, seed: $0))]) }
    let downloads = Counter()
    let images = try [TestImage(layers), TestImage(layers, command: "other"), TestImage(Array(layers[..<3]))]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, image) in images.enumerated() {
        group.addTask { try await image.pull(into: store, as: ["i\(index)"], downloads: downloads) }
      }
      try await group.waitForAll()
    }
    #expect(downloads.value == 6)
    #expect(store.list().count == 3)
  }

  /// One blob is two layers of the image: received once, unpacked twice.
  @Test func sameBlobTwiceInOneImage() async throws {
    let store = try await directory.open()
    let downloads = Counter()
    try await TestImage([base, top, base]).pull(into: store, as: ["twice"], downloads: downloads)
    #expect(downloads.value == 2)
    #expect(try Directory.names(store.paths.layers).count == 3)
  }

  @Test func zstdAndPlainLayers() async throws {
    let store = try await directory.open()
    try File.replace("\(directory.path)/l.tar", with: base.tar)
    try run(["zstd", "-q", "\(directory.path)/l.tar"])
    var packed = base
    packed.blob = try File.read("\(directory.path)/l.tar.zst")
    packed.descriptor = Descriptor(
      mediaType: .ociLayerZstd, digest: Digest.sha256(of: packed.blob), size: Int64(packed.blob.count))
    let plain = try TestLayer([("plain", bytes(10))], compressed: false)
    let image = try TestImage([packed, plain])
    try await image.pull(into: store, as: ["z"])
    let held = try await store.hold(image.id, for: "c")
    #expect(try File.read("\(held.layers[1])/bin/sh") == bytes(200_000))
    #expect(try File.read("\(held.layers[0])/plain") == bytes(10))
  }

  // MARK: - What is wrong leaves nothing

  private func fails(
    _ image: TestImage, _ code: ImageStoreError.Code, says: String, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let store = try await directory.open()
    await #expect(sourceLocation: sourceLocation) {
      try await image.pull(into: store, as: ["bad"])
    } throws: { error in
      guard let error = error as? ImageStoreError else { return false }
      return error.code == code && "\(error)".contains(says)
    }
    #expect(store.list().isEmpty, sourceLocation: sourceLocation)
    #expect(try leftovers(directory).isEmpty, sourceLocation: sourceLocation)
  }

  @Test func wrongBytes() async throws {
    var bad = base
    bad.blob[bad.blob.count / 2] ^= 1
    try await fails(try TestImage([top, bad]), .invalid, says: "layer")
  }

  @Test func wrongDigestOfGoodBytes() async throws {
    var bad = base
    bad.descriptor.digest = Digest.sha256(of: [1])
    try await fails(try TestImage([bad]), .invalid, says: "filesystem layer verification failed for digest")
  }

  @Test func wrongDiffID() async throws {
    try await fails(
      try TestImage([base], diffIDs: [Digest.sha256(of: [2])]), .invalid, says: "unpacks to")
  }

  @Test func largerOrSmallerThanDescribed() async throws {
    var large = base
    large.descriptor.size -= 1
    try await fails(try TestImage([large]), .invalid, says: "is larger than its descriptor says")
    var small = base
    small.descriptor.size += 1
    try await fails(try TestImage([small]), .invalid, says: "as its descriptor says")
  }

  @Test func layerThatWouldLeaveItsDirectory() async throws {
    try await fails(
      try TestImage([base, TestLayer([("../../../evil", [1])])]), .invalid,
      says: "layer entry ../../../evil: the path contains \"..\" and would leave the layer")
    #expect(!FileStatus.exists("\(directory.path)/evil"))
  }

  @Test func layerThatIsNoTar() async throws {
    try await fails(
      try TestImage([TestLayer(tar: [UInt8](repeating: 0x31, count: 4096))]), .invalid, says: "not a tar archive")
  }

  @Test func givenUpInTheMiddle() async throws {
    let store = try await directory.open()
    let image = try TestImage([base])
    let session = store.beginSession()
    try await session.put(image.configuration, image.id)
    guard case .needed(let ingest) = try await session.layer(base.descriptor, index: 0, of: image.diffIDs) else {
      Issue.record("the layer is not there yet")
      return
    }
    try await ingest.write(Array(base.blob[..<1000]))
    await ingest.abort()
    // One that is only let go of ends as well, and gives its claim back.
    _ = try await session.layer(base.descriptor, index: 0, of: image.diffIDs)
    guard case .needed(let last) = try await session.layer(base.descriptor, index: 0, of: image.diffIDs) else {
      Issue.record("the layer is not there yet")
      return
    }
    await last.abort()
    await session.close()
    #expect(try leftovers(directory).isEmpty)
    // Whoever waited for the layer takes it over.
    try await image.pull(into: store, as: ["again"])
  }

  @Test func manifestThatDoesNotMatchItsDigest() async throws {
    let store = try await directory.open()
    let session = store.beginSession()
    await #expect(throws: ImageStoreError.self) { try await session.put([1, 2, 3], Digest.sha256(of: [1])) }
    await session.close()
    #expect(try leftovers(directory).isEmpty)
  }

  @Test func unpackedBytesAreReported() async throws {
    let store = try await directory.open()
    let session = store.beginSession()
    let reported = Counter()
    guard
      case .needed(let ingest) = try await session.layer(
        base.descriptor, index: 0, of: [base.diffID], progress: { _ in reported.increment() })
    else {
      Issue.record("the layer is not there yet")
      return
    }
    try await ingest.write(base.blob)
    _ = try await ingest.finish()
    await session.close()
    #expect(reported.value > 0)
  }
}
