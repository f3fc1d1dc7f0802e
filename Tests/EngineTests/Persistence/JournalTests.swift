import EngineAPI
import JSON
import LinuxSystem
import Synchronization
import Testing

@testable import Engine

private func event(_ seq: Int64, object: String = "one") -> EngineEvent {
  EngineEvent(
    seq: seq, message: EventMessage(type: "container", action: "die", actor: EventActor(id: object)),
    hookEvent: "exit", payload: ["seq": .integer(seq)])
}

@Suite struct JournalTests {
  private let scratch: Scratch
  private var path: String { scratch.path + "/journal.db" }

  init() throws { scratch = try Scratch() }

  private func open() throws -> Journal { try Journal(path: path, logger: silent) }

  @Test func numbersGoOnAfterARestart() async throws {
    var journal = try open()
    #expect(journal.newestSeq == 0)
    for _ in 0..<3 { journal.append(event(journal.nextSeq()), observers: []) }
    try await journal.close()
    journal = try open()
    #expect(journal.nextSeq() == 4)
    journal.advance(past: 10)
    journal.advance(past: 5)
    #expect(journal.nextSeq() == 11, "records may be ahead of the journal")
    #expect(try await journal.newest(2).map(\.seq) == [2, 3])
    #expect(try await journal.event(2)?.payload == ["seq": 2])
    #expect(try await journal.event(99) == nil)
    try await journal.close()
  }

  @Test func theSameNumberTwice() async throws {
    let journal = try open()
    journal.append(event(1), observers: ["o"])
    journal.append(event(1), observers: ["o"])
    #expect(try await journal.newest(9).count == 1)
    #expect(try await journal.pendingDeliveries().count == 1)
    try await journal.close()
  }

  @Test func deliveriesSurvive() async throws {
    var journal = try open()
    journal.append(event(1), observers: ["a", "b"])
    journal.append(event(2), observers: ["a"])
    let pending = try await journal.pendingDeliveries()
    #expect(pending.map(\.seq) == [1, 1, 2])
    journal.settle(pending[0])
    journal.countAttempt(pending[1])
    try await journal.close()
    journal = try open()
    let left = try await journal.pendingDeliveries()
    #expect(left.map(\.seq) == [1, 2] && left.map(\.attempts) == [1, 0])
    try await journal.close()
  }

  @Test func decisions() async throws {
    let journal = try open()
    journal.append(
      Journal.StoredDecision(
        id: "d", time: 5, event: "start", object: "one", verdict: "deny", content: ["why": "no"]))
    #expect(try await journal.decision("d")?.content == ["why": "no"])
    #expect(try await journal.decision("e") == nil)
    try await journal.close()
  }

  /// A damaged journal is kept for whoever wants to look, and does not keep the daemon from starting.
  @Test func aDamagedFileIsSetAside() async throws {
    try scratch.write(Array(repeating: 0x5A, count: 8192), to: "journal.db")
    let journal = try open()
    journal.append(event(1), observers: [])
    #expect(try await journal.newest(9).count == 1)
    try await journal.close()
    let aside = try Directory.names(scratch.path).filter { $0.hasPrefix("journal.db.damaged.") }
    #expect(aside.count == 1)
  }
}

@Suite(.timeLimit(.minutes(1))) struct ObserverQueueTests {
  private let scratch: Scratch
  private var path: String { scratch.path + "/journal.db" }

  init() throws { scratch = try Scratch() }

  /// What was told, and a stream of it to wait on.
  private final class Told: Sendable {
    let stream: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation
    private let failures: Mutex<Int>

    init(failing: Int = 0) {
      (stream, continuation) = AsyncStream.makeStream()
      failures = Mutex(failing)
    }

    func deliver(_ event: EngineEvent, _ observer: String) -> DeliveryOutcome {
      continuation.yield("\(observer) \(event.objectID) \(event.seq)")
      let fails = failures.withLock { left in
        left -= 1
        return left >= 0
      }
      return fails ? .failed("not now") : .done
    }

    func first(_ count: Int) async -> [String] {
      var list: [String] = []
      var iterator = stream.makeAsyncIterator()
      while list.count < count, let next = await iterator.next() { list.append(next) }
      return list
    }
  }

  private func queue(_ journal: Journal, _ told: Told) -> ObserverQueue {
    ObserverQueue(journal: journal, logger: silent, interested: { _ in ["o"] }) { told.deliver($0, $1) }
  }

  @Test func inOrderPerObject() async throws {
    let journal = try Journal(path: path, logger: silent)
    let told = Told()
    let queue = queue(journal, told)
    for seq in 1...40 as ClosedRange<Int64> {
      let event = event(seq, object: seq % 2 == 0 ? "even" : "odd")
      journal.append(event, observers: ["o"])
      queue.added(event, to: ["o"])
    }
    let all = await told.first(40)
    for object in ["even", "odd"] {
      let own = all.filter { $0.hasPrefix("o \(object) ") }.compactMap { Int($0.split(separator: " ")[2]) }
      #expect(own == own.sorted() && own.count == 20)
    }
    try await journal.close()
  }

  @Test func aFailureKeepsItsPlace() async throws {
    let journal = try Journal(path: path, logger: silent)
    let told = Told(failing: 1)
    let queue = queue(journal, told)
    for seq in [1, 2] as [Int64] {
      journal.append(event(seq), observers: ["o"])
      queue.added(event(seq), to: ["o"])
    }
    #expect(await told.first(3) == ["o one 1", "o one 1", "o one 2"])
    try await journal.close()
  }

  @Test func whatIsOwedIsToldAfterARestart() async throws {
    var journal = try Journal(path: path, logger: silent)
    for seq in 1...3 as ClosedRange<Int64> { journal.append(event(seq), observers: ["o"]) }
    try await journal.close()
    journal = try Journal(path: path, logger: silent)
    let told = Told()
    let queue = queue(journal, told)
    try await queue.resume()
    #expect(await told.first(3) == ["o one 1", "o one 2", "o one 3"])
    queue.stop()
    try await journal.close()
  }
}
