import EngineAPI
import JSON
import LinuxSystem
import Testing

@testable import Engine

@Suite struct RecordStoreTests {
  private let scratch: Scratch
  private let store: RecordStore<ContainerRecord>

  init() throws {
    scratch = try Scratch()
    store = try RecordStore(
      kind: "containers", root: scratch.path, pool: BlockingPool(threads: 1), logger: silent)
  }

  @Test func everyStateComesBack() async throws {
    for (name, state) in Sample.states {
      var record = Sample.record(name: name, state: state)
      record.eventSeq = 7
      record.lastEvent = ["a": 1]
      record.changes = [FieldChange(field: "memory", from: nil, to: 1, hook: "h", rule: "r")]
      try await store.save(record, id: "one", durable: true)
      let loaded = try await store.load()
      #expect(loaded.map(\.id) == ["one"])
      let back = try #require(loaded.first?.record)
      #expect(try JSON.value(of: back) == JSON.value(of: record), "\(name)")
    }
  }

  @Test func deletionAndAbsence() async throws {
    try await store.save(Sample.record(), id: "one")
    try await store.delete("one")
    try await store.delete("one")
    #expect(try await store.load().isEmpty)
  }

  /// One bad file costs one object, not the daemon; and it is kept.
  @Test func whatCannotBeReadIsSetAside() async throws {
    try await store.save(Sample.record(), id: "good")
    try scratch.write("{\"version\":1", to: "containers/bad.json")
    try scratch.write("half", to: "containers/.good.json.123.tmp")
    #expect(try await store.load().map(\.id) == ["good"])
    let aside = store.quarantined()
    #expect(aside.count == 1 && aside.first?.contains("/bad.json.") == true)
    #expect(try aside.map { try File.read($0) } == [Array("{\"version\":1".utf8)])
    #expect(try Directory.names(store.directory).sorted() == ["good.json", "quarantine"])
    #expect(try await store.load().map(\.id) == ["good"], "once set aside it stays there")
  }
}
