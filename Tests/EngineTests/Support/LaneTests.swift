import Synchronization
import Testing

@testable import Engine

@Suite(.timeLimit(.minutes(1))) struct LaneTests {
  private actor Trace {
    var list: [String] = []
    func add(_ entry: String) { list.append(entry) }
  }

  /// How many are inside, and were at most.
  private final class Occupancy: Sendable {
    private let state = Mutex((now: 0, most: 0))
    var most: Int { state.withLock { $0.most } }
    func enter() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
    func leave() { state.withLock { $0.now -= 1 } }
  }

  @Test func nothingInterleaves() async throws {
    let lanes = Lanes()
    let occupancy = Occupancy()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<100 {
        group.addTask {
          try await lanes.run("key") {
            occupancy.enter()
            await Task.yield()
            occupancy.leave()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(occupancy.most == 1)
  }

  @Test func arrivalsKeepTheirOrder() async throws {
    let lane = Lane()
    let trace = Trace()
    let (gate, opener) = AsyncStream<Void>.makeStream()
    let (entered, enters) = AsyncStream<Void>.makeStream()
    let first = Task {
      try await lane.run {
        enters.yield()
        for await _ in gate { break }
        await trace.add("first")
      }
    }
    for await _ in entered { break }
    var others: [Task<Void, any Error>] = []
    for number in 0..<10 {
      // An immediate task runs up to its wait for the lane before the next is made.
      others.append(Task.immediate { try await lane.run { await trace.add("\(number)") } })
    }
    opener.yield()
    try await first.value
    for task in others { try await task.value }
    #expect(await trace.list == ["first"] + (0..<10).map(String.init))
  }

  @Test func keysDoNotWaitForEachOther() async throws {
    let lanes = Lanes()
    let (gate, opener) = AsyncStream<Void>.makeStream()
    let held = Task { try await lanes.run("a") { for await _ in gate { break } } }
    try await lanes.run("b") {}
    opener.yield()
    try await held.value
  }

  @Test func anErrorFreesTheLane() async throws {
    struct Failure: Error {}
    let lanes = Lanes()
    await #expect(throws: Failure.self) { try await lanes.run("a") { throw Failure() } }
    #expect(try await lanes.run("a") { 1 } == 1)
  }
}
