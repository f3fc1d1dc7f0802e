import EngineAPI
import JSON
import LinuxSystem
import Logging
import NIOPosix
import Synchronization

/// The durable record of events and decisions, and the queue of what observers have still to be told.
///
/// A SQLite database on a thread of its own. Nothing waits for it: an event is in its object's record first, and what a
/// crash kept from the journal is inserted again from there. A damaged file is set aside and begun anew.
final class Journal: Sendable {
  private static let schema = """
    CREATE TABLE IF NOT EXISTS event(seq INTEGER PRIMARY KEY, object TEXT NOT NULL, content BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS delivery(
      seq INTEGER NOT NULL, observer TEXT NOT NULL, object TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY(seq, observer)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS decision(
      id TEXT PRIMARY KEY, time INTEGER NOT NULL, event TEXT NOT NULL, object TEXT NOT NULL, verdict TEXT NOT NULL,
      content BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS decision_time ON decision(time);
    CREATE INDEX IF NOT EXISTS decision_object ON decision(object, time);
    """
  /// Events and decisions kept, apart from what has still to be delivered.
  private static let keptEvents = 20_000
  private static let keptDecisions = 20_000

  struct Delivery: Sendable, Hashable {
    var seq: Int64
    var observer: String
    var object: String
    var attempts: Int
  }

  struct StoredDecision: Sendable {
    var id: String
    var time: Int64
    var event: String
    var object: String
    var verdict: String
    var content: JSONValue
  }

  private let thread = NIOThreadPool(numberOfThreads: 1)
  private let lastSeq: Mutex<Int64>
  private let logger: Logger
  private let writer: Writer

  /// The database, touched on `thread` only.
  private final class Writer: @unchecked Sendable {  // confined to the journal's one thread
    let database: Database
    var writes = 0
    init(_ database: Database) { self.database = database }
  }

  init(path: String, logger: Logger) throws {
    self.logger = logger
    thread.start()
    let database = try Self.open(path, logger)
    writer = Writer(database)
    lastSeq = Mutex(try database.query("SELECT max(seq) FROM event").first?.first?.integer ?? 0)
  }

  /// Opens the database; one that is damaged is set aside and begun anew.
  private static func open(_ path: String, _ logger: Logger) throws -> Database {
    let opened = Result { () throws(Database.Failure) in try Database(path: path, schema: schema) }
    guard case .failure(let failure) = opened, failure.isCorrupt else { return try opened.get() }
    let aside = "\(path).damaged.\(Timestamp.now().nanosecondsSince1970)"
    logger.error("the journal is damaged and begun anew", metadata: ["kept": "\(aside)", "reason": "\(failure)"])
    try File.rename(path, to: aside)
    try? Directory.removeAll("\(path)-wal")
    try? Directory.removeAll("\(path)-shm")
    return try Database(path: path, schema: schema)
  }

  /// The number of the newest event in the journal when it was opened.
  var newestSeq: Int64 { lastSeq.withLock { $0 } }

  /// Numbers from here on are above `seq` too: records may be ahead of the journal after a crash.
  func advance(past seq: Int64) {
    lastSeq.withLock { $0 = max($0, seq) }
  }

  func nextSeq() -> Int64 {
    lastSeq.withLock { last in
      last += 1
      return last
    }
  }

  private func perform(_ what: String, _ body: @escaping @Sendable (Database) throws -> Void) {
    let writer = writer
    let logger = logger
    thread.submit { state in
      guard state == .active else { return }
      do {
        FaultPoint.pass("journal.before")
        try body(writer.database)
        FaultPoint.pass("journal.after")
        writer.writes += 1
        if writer.writes % 512 == 0 { try Self.prune(writer.database) }
      } catch {
        logger.error("the journal could not be written", metadata: ["what": "\(what)", "error": "\(error)"])
      }
    }
  }

  private func ask<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws -> Result {
    let writer = writer
    return try await thread.runIfActive { try body(writer.database) }
  }

  /// Adds an event and what observers are owed of it; returns at once. Inserting the same number twice is harmless.
  func append(_ event: EngineEvent, observers: [String], then delivered: (@Sendable () -> Void)? = nil) {
    perform("event") { database in
      let content = try JSON.encode(event)
      try database.transaction {
        try database.query(
          "INSERT OR IGNORE INTO event(seq, object, content) VALUES(?,?,?)",
          [.integer(event.seq), .text(event.objectID), .blob(content)])
        for observer in observers {
          try database.query(
            "INSERT OR IGNORE INTO delivery(seq, observer, object) VALUES(?,?,?)",
            [.integer(event.seq), .text(observer), .text(event.objectID)])
        }
      }
      delivered?()
    }
  }

  func append(_ decision: StoredDecision) {
    perform("decision") { database in
      try database.query(
        "INSERT OR REPLACE INTO decision(id, time, event, object, verdict, content) VALUES(?,?,?,?,?,?)",
        [
          .text(decision.id), .integer(decision.time), .text(decision.event), .text(decision.object),
          .text(decision.verdict), .blob(JSON.write(decision.content)),
        ])
    }
  }

  func decision(_ id: String) async throws -> StoredDecision? {
    try await ask { database in
      try database.query("SELECT id, time, event, object, verdict, content FROM decision WHERE id = ?", [.text(id)])
        .first.flatMap(Self.decision)
    }
  }

  private static func decision(_ row: [Database.Value]) -> StoredDecision? {
    guard row.count == 6, let id = row[0].text, let time = row[1].integer, let event = row[2].text,
      let object = row[3].text, let verdict = row[4].text, let bytes = row[5].blob,
      let content = try? JSON.parse(bytes)
    else { return nil }
    return StoredDecision(id: id, time: time, event: event, object: object, verdict: verdict, content: content)
  }

  func event(_ seq: Int64) async throws -> EngineEvent? {
    try await ask { database in
      guard
        let bytes = try database.query("SELECT content FROM event WHERE seq = ?", [.integer(seq)]).first?.first?.blob
      else { return nil }
      return try JSON.decode(EngineEvent.self, from: bytes)
    }
  }

  func newest(_ count: Int) async throws -> [EngineEvent] {
    try await ask { database in
      try database.query("SELECT content FROM event ORDER BY seq DESC LIMIT ?", [.integer(Int64(count))])
        .compactMap { $0.first?.blob.flatMap { try? JSON.decode(EngineEvent.self, from: $0) } }
        .reversed()
    }
  }

  /// What is still to be delivered, oldest first.
  func pendingDeliveries() async throws -> [Delivery] {
    try await ask { database in
      try database.query("SELECT seq, observer, object, attempts FROM delivery ORDER BY seq").compactMap { row in
        guard let seq = row[0].integer, let observer = row[1].text, let object = row[2].text else { return nil }
        return Delivery(seq: seq, observer: observer, object: object, attempts: Int(row[3].integer ?? 0))
      }
    }
  }

  func settle(_ delivery: Delivery) {
    perform("delivery") { database in
      try database.query(
        "DELETE FROM delivery WHERE seq = ? AND observer = ?", [.integer(delivery.seq), .text(delivery.observer)])
    }
  }

  func countAttempt(_ delivery: Delivery) {
    perform("delivery") { database in
      try database.query(
        "UPDATE delivery SET attempts = attempts + 1 WHERE seq = ? AND observer = ?",
        [.integer(delivery.seq), .text(delivery.observer)])
    }
  }

  /// Waits until everything handed over so far is written.
  func flush() async throws { try await ask { _ in } }

  private static func prune(_ database: Database) throws {
    try database.query(
      """
      DELETE FROM event WHERE seq <= (SELECT max(seq) FROM event) - ?
      AND seq NOT IN (SELECT seq FROM delivery)
      """, [.integer(Int64(keptEvents))])
    try database.query(
      """
      DELETE FROM decision WHERE time < (SELECT time FROM decision ORDER BY time DESC LIMIT 1 OFFSET ?)
      """, [.integer(Int64(keptDecisions))])
  }

  func close() async throws {
    try await flush()
    try await thread.shutdownGracefully()
  }
}
