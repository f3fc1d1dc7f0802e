import CLinux
import ImageStore
import LinuxSystem
import OCI
import Testing

/// Docker's rules for `rmi`, with its words.
@Suite struct RemovalTests {
  let directory: TemporaryStore
  let image: TestImage
  let other: TestImage

  init() throws {
    directory = try TemporaryStore()
    let base = try TestLayer([("base", [1])])
    image = try TestImage([base, TestLayer([("a", [2])])])
    other = try TestImage([base, TestLayer([("b", [3])])], command: "other")
  }

  private func expectConflict(
    _ message: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
  ) async {
    await #expect(sourceLocation: sourceLocation) {
      try await body()
    } throws: { error in
      (error as? ImageStoreError)?.code == .conflict && "\(error)" == message
    }
  }

  @Test func lastNameTakesTheImageWithIt() async throws {
    let store = try await directory.open()
    try await image.pull(into: store, as: ["app:1"])
    try await other.pull(into: store, as: ["other"])
    let items = try await store.remove("app:1", force: false, users: [])
    let chains = ChainID.all(image.diffIDs)
    #expect(
      items == [
        .untagged("app:1", image: image.id), .untagged("app@\(image.descriptor.digest)", image: image.id),
        .deleted(image.id, isImage: true), .deleted(chains[1], isImage: false),
      ])
    // The shared layer stays for the other image.
    #expect(try await store.hold(other.id, for: "c").layers.count == 2)
    await store.release("c")
    _ = try await store.remove("other", force: false, users: [])
    #expect(try leftovers(directory).isEmpty)
  }

  @Test func oneOfTwoNamesOnlyUntags() async throws {
    let store = try await directory.open()
    try await image.pull(into: store, as: ["app:1", "app:2"])
    #expect(
      try await store.remove("app:1", force: false, users: []) == [.untagged("app:1", image: image.id)])
    #expect(try store.find("app:2").repoDigests.count == 1)
  }

  @Test func byIDWithOneName() async throws {
    let store = try await directory.open()
    try await image.pull(into: store, as: ["app"])
    #expect(try await store.remove(image.id.short, force: false, users: []).count == 5)
    #expect(store.list().isEmpty)
  }

  @Test func byIDWithSeveralRepositories() async throws {
    let store = try await directory.open()
    try await image.pull(into: store, as: ["app"])
    try await store.tag(image.id, try ImageReference("localhost:5000/app"))
    await expectConflict(
      "conflict: unable to delete \(image.id.short) (must be forced) - image is referenced in multiple repositories"
    ) { _ = try await store.remove(image.id.short, force: false, users: []) }
    #expect(store.list().count == 1)
    _ = try await store.remove(image.id.short, force: true, users: [])
    #expect(store.list().isEmpty)
  }

  @Test func usedByContainers() async throws {
    let store = try await directory.open()
    try await image.pull(into: store, as: ["app"])
    let container = String(repeating: "0123456789ab", count: 5) + "cdef"
    let stopped = [ImageUser(container: container, image: image.id, isRunning: false)]
    let running = [ImageUser(container: container, image: image.id, isRunning: true)]
    await expectConflict(
      "conflict: unable to remove repository reference \"app:latest\" (must force) - container 0123456789ab is using "
        + "its referenced image \(image.id.short)"
    ) { _ = try await store.remove("app", force: false, users: stopped) }
    await expectConflict(
      "conflict: unable to delete \(image.id.short) (must be forced) - image is being used by stopped container "
        + "0123456789ab"
    ) { _ = try await store.remove(image.id.short, force: false, users: stopped) }
    await expectConflict(
      "conflict: unable to delete \(image.id.short) (cannot be forced) - image is being used by running container "
        + "0123456789ab"
    ) { _ = try await store.remove(image.id.short, force: true, users: running) }
    // Forced away under a stopped container, the layers stay until the container goes.
    let held = try await store.hold(image.id, for: container)
    let items = try await store.remove("app", force: true, users: stopped)
    #expect(items.contains(.deleted(image.id, isImage: true)))
    for layer in held.layers { #expect(FileStatus.exists(layer)) }
    await store.release(container)
    for layer in held.layers { #expect(!FileStatus.exists(layer)) }
    #expect(try leftovers(directory).isEmpty)
  }

  @Test func parentOfAnotherImage() async throws {
    let store = try await directory.open()
    try await image.pull(into: store, as: ["app"])
    let session = store.beginSession()
    let parent = try store.find("app").record
    let child = try await session.create(
      ImageConfiguration(diffIDs: []), layers: parent.layers, origin: .commit, parent: parent.id,
      references: [ImageReference("child")])
    await session.close()
    await expectConflict(
      "conflict: unable to delete \(image.id.short) (cannot be forced) - image has dependent child images"
    ) { _ = try await store.remove(image.id.short, force: true, users: []) }
    #expect(store.children(of: image.id) == [child.id])
  }

  @Test func whatDoesNotExist() async throws {
    let store = try await directory.open()
    for (text, message) in [
      ("nothing", "No such image: nothing:latest"), ("nothing:1", "No such image: nothing:1"),
      ("sha256:" + String(repeating: "a", count: 64), "No such image: sha256:" + String(repeating: "a", count: 64)),
      ("abc123", "No such image: abc123:latest"),
      ("UPPER", "invalid reference format: repository name (library/UPPER) must be lowercase"),
    ] {
      await #expect {
        try await store.remove(text, force: false, users: [])
      } throws: { "\($0)" == message }
    }
  }

  @Test func movedTagLeavesADanglingImageForPrune() async throws {
    let store = try await directory.open()
    try await image.pull(into: store, as: ["app"])
    try await other.pull(into: store, as: ["app"])
    #expect(store.list().filter(\.isDangling).map(\.id) == [image.id])
    let used = [ImageUser(container: "c", image: image.id, isRunning: false)]
    #expect(try await store.prune(all: false, users: used).items.isEmpty)
    let pruned = try await store.prune(all: false, users: [])
    #expect(pruned.items.contains(.deleted(image.id, isImage: true)))
    #expect(pruned.freed > 0)
    #expect(store.list().map(\.id) == [other.id])
    #expect(try await store.prune(all: true, users: []).items.contains(.deleted(other.id, isImage: true)))
    #expect(try leftovers(directory).isEmpty)
  }

  /// A pull in progress keeps what it has stored, even while another image with it is removed.
  @Test func sessionsKeepWhatTheyTouched() async throws {
    let store = try await directory.open()
    try await image.pull(into: store, as: ["app"])
    let session = store.beginSession()
    guard
      case .present = try await session.layer(image.layers[0].descriptor, index: 0, of: image.diffIDs)
    else {
      Issue.record("the layer is there")
      return
    }
    _ = try await store.remove("app", force: false, users: [])
    #expect(try Directory.names(store.paths.layers) == [image.diffIDs[0].hex])
    await session.close()
    #expect(try leftovers(directory).isEmpty)
  }
}
