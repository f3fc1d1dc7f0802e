import ImageStore
import LinuxSystem
import OCI
import Testing

/// A real full disk: an ext4 of 64 MiB on a loop device.
@Suite(.serialized) struct FullDiskTests {
  @Test func pullThatDoesNotFit() async throws {
    let directory = try TemporaryStore(mebibytes: 64)
    let store = try await directory.open()
    let small = try TestImage([TestLayer([("small", bytes(1000))])])
    try await small.pull(into: store, as: ["small"])
    let before = try leftovers(directory)
    let zeros = [UInt8](repeating: 0x41, count: 8 << 20)
    let large = try TestImage([
      TestLayer([("fits", bytes(100_000))]), TestLayer((0..<12).map { ("f\($0)", zeros) }),
    ])
    await #expect {
      try await large.pull(into: store, as: ["large"])
    } throws: { error in
      (error as? ImageStoreError)?.code == .noSpace && "\(error)".contains("No space left on device")
    }
    #expect(try leftovers(directory) == before)
    #expect(store.list().map(\.repoTags) == [["small:latest"]])
    // With the space back, the store works on.
    let image = try TestImage([TestLayer([("next", zeros)])])
    try await image.pull(into: store, as: ["next"])
    #expect(try await store.hold(image.id, for: "c").layers.count == 1)
    store.close()
  }

  @Test func recordThatDoesNotFit() async throws {
    let directory = try TemporaryStore(mebibytes: 64)
    let store = try await directory.open()
    let image = try TestImage([TestLayer([("small", bytes(1000))])])
    try await image.pull(into: store, as: ["small"])
    let filler = try OwnedDescriptor.open("\(directory.root)/filler", [.writeOnly, .create])
    var block = [UInt8](repeating: 1, count: 1 << 20)
    while !block.isEmpty {
      do { try filler.writeAll(block) } catch { block = block.count > 1 ? Array(block[..<(block.count / 2)]) : [] }
    }
    await #expect {
      try await store.tag(image.id, try ImageReference("another"))
    } throws: { error in
      "\(error)".contains("No space left on device")
    }
    #expect(store.list().map(\.repoTags) == [["small:latest"]])
    #expect(try Directory.names("\(directory.root)/images/references").count == 2)
    store.close()
    let again = try await directory.open()
    #expect(again.list().map(\.repoTags) == [["small:latest"]])
    #expect(again.quarantined.isEmpty)
    again.close()
  }
}
