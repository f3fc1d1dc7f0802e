import CLinux
import ImageStore
import LinuxSystem
import OCI
import Testing

@Suite struct RecoveryTests {
  let directory: TemporaryStore
  let image: TestImage

  init() throws {
    directory = try TemporaryStore()
    image = try TestImage([TestLayer([("base", bytes(50_000))]), TestLayer([("a", [2])])])
  }

  @Test func whatWasArrivingIsRemovedAtStart() async throws {
    do {
      let store = try await directory.open()
      try await image.pull(into: store, as: ["app"])
      store.close()
    }
    try Directory.makeAll("\(directory.root)/content/ingest/0123/fs/deep/tree")
    try File.replace("\(directory.root)/content/ingest/4567", with: bytes(100))
    try Directory.makeAll("\(directory.root)/content/trash/89ab/fs")
    try File.replace("\(directory.root)/images/records/.x.json.1.tmp", with: [1])
    let store = try await directory.open()
    #expect(try Directory.names("\(directory.root)/content/ingest").isEmpty)
    #expect(try Directory.names("\(directory.root)/content/trash").isEmpty)
    #expect(store.list().count == 1)
    #expect(store.quarantined.isEmpty)
  }

  /// What cannot be read is moved aside and listed; nothing is removed that it might have needed.
  @Test(arguments: ["records", "references"]) func corruptRecordsAreQuarantined(kind: String) async throws {
    let other = try TestImage([TestLayer([("other", [1])])], command: "other")
    do {
      let store = try await directory.open()
      try await image.pull(into: store, as: ["app"])
      try await other.pull(into: store, as: ["other"])
      store.close()
    }
    let victims = try Directory.names("\(directory.root)/images/\(kind)").filter { name in
      try File.readText("\(directory.root)/images/\(kind)/\(name)").contains(image.id.description)
    }
    #expect(!victims.isEmpty)
    for victim in victims {
      let path = "\(directory.root)/images/\(kind)/\(victim)"
      try File.replace(path, with: Array(try File.read(path).dropLast(10)))
    }
    for _ in 0..<2 {
      let store = try await directory.open()
      #expect(try store.find("other").id == other.id)
      #expect(throws: ImageStoreError.self) { try store.find("app") }
      let listed = store.quarantined
      #expect(listed.count >= victims.count)
      #expect(listed.allSatisfy { !$0.reason.isEmpty && FileStatus.exists($0.path) })
      try await store.collectGarbage()
      for layer in image.layers { #expect(FileStatus.exists(store.blobPath(layer.descriptor.digest))) }
      store.close()
    }
  }

  @Test func garbageIsCollectedWhenNothingIsInDoubt() async throws {
    let store = try await directory.open()
    try await image.pull(into: store, as: ["app"])
    let orphan = Digest.sha256(of: [9])
    try File.replace(store.blobPath(orphan), with: [9])
    try Directory.makeAll(store.paths.files(orphan))
    let kept = Digest.sha256(of: [8])
    try Directory.makeAll(store.paths.files(kept))
    store.restoreHold(image.id, chainIDs: [kept], for: "old")
    try await store.collectGarbage()
    #expect(!FileStatus.exists(store.blobPath(orphan)))
    #expect(!FileStatus.exists(store.paths.files(orphan)))
    #expect(FileStatus.exists(store.paths.files(kept)))
    #expect(try await store.hold(image.id, for: "c").layers.count == 2)
  }

  @Test func lostLayerComesBackFromItsBlob() async throws {
    let store = try await directory.open()
    try await image.pull(into: store, as: ["app"])
    let chain = ChainID.all(image.diffIDs)[0]
    try Directory.removeAll(store.paths.layer(chain))
    let held = try await store.hold(image.id, for: "c")
    #expect(try File.read("\(held.layers[1])/base") == bytes(50_000))
  }

  /// The machine went down before the layer was on the disk: the mark of another boot is found.
  @Test func layersOfACrashedMachineAreUnpackedAgain() async throws {
    let chain = ChainID.all(image.diffIDs)[0]
    do {
      let store = try await directory.open()
      try await image.pull(into: store, as: ["app"])
      store.close()
    }
    // The flush that follows a pull takes its marks away; this one is of another boot.
    while try !Directory.names("\(directory.root)/content/unsynced").isEmpty {
      try await Task.sleep(for: .milliseconds(5))
    }
    try File.replace("\(directory.root)/layers/\(chain.hex)/fs/base", with: [0, 0, 0])
    try File.replace("\(directory.root)/content/unsynced/0.\(chain.hex)", with: Array("another-boot".utf8))
    let store = try await directory.open()
    let held = try await store.hold(image.id, for: "c")
    #expect(try File.read("\(held.layers[1])/base") == bytes(50_000))
  }

  @Test func damagedBlobIsSaidAndTakenAgain() async throws {
    let store = try await directory.open()
    try await image.pull(into: store, as: ["app"])
    let chain = ChainID.all(image.diffIDs)[0]
    try Directory.removeAll(store.paths.layer(chain))
    let blob = store.blobPath(image.layers[0].descriptor.digest)
    try File.replace(blob, with: bytes(image.layers[0].blob.count, seed: 5))
    await #expect {
      try await store.hold(image.id, for: "c")
    } throws: { error in
      (error as? ImageStoreError)?.code == .corrupt && "\(error)".contains("pull the image again")
    }
    try await image.pull(into: store, as: ["app"])
    #expect(try await store.hold(image.id, for: "c").layers.count == 2)
  }
}
