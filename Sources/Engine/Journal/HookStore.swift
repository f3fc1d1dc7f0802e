import EngineAPI
import JSON
import NIOPosix
import Scripting

/// The hooks' own data, by hook and key: a SQLite database on a thread of its own, apart from the journal, since this
/// one is not to be begun anew.
final class HookStore: Sendable {
  private static let schema = """
    CREATE TABLE IF NOT EXISTS store(
      hook TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, expires REAL, PRIMARY KEY(hook, key)) WITHOUT ROWID
    """
  private let thread = NIOThreadPool(numberOfThreads: 1)
  private let database: Confined

  private final class Confined: @unchecked Sendable {  // touched on the store's one thread only
    let database: Database
    init(_ database: Database) { self.database = database }
  }

  init(path: String) throws {
    do {
      database = Confined(try Database(path: path, schema: Self.schema))
    } catch {
      throw EngineError(
        .internalError,
        "the hooks' store \(path) cannot be opened: \(error); restore it from a copy, or move it away to begin with an empty one",
        cause: error)
    }
    thread.start()
  }

  private func ask<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async -> Result<Value, ServiceError> {
    let confined = database
    do {
      return .success(try await thread.runIfActive { try body(confined.database) })
    } catch {
      return .failure(ServiceError(.full, "the store could not be used: \(error)"))
    }
  }

  private static var now: Double { Double(Timestamp.now().nanosecondsSince1970) / 1e9 }

  private static func read(_ database: Database, _ hook: String, _ key: String) throws -> JSONValue? {
    let rows = try database.query(
      "SELECT value FROM store WHERE hook = ? AND key = ? AND (expires IS NULL OR expires > ?)",
      [.text(hook), .text(key), .number(now)])
    guard let bytes = rows.first?.first?.blob else { return nil }
    return try JSON.parse(bytes)
  }

  private static func write(
    _ database: Database, _ hook: String, _ key: String, _ value: JSONValue?, _ timeToLive: Double?
  ) throws {
    guard let value else {
      try database.query("DELETE FROM store WHERE hook = ? AND key = ?", [.text(hook), .text(key)])
      return
    }
    let expires: Database.Value = timeToLive.map { .number(now + $0) } ?? .null
    try database.query(
      "INSERT OR REPLACE INTO store(hook, key, value, expires) VALUES(?,?,?,?)",
      [.text(hook), .text(key), .blob(JSON.write(value)), expires])
  }

  func get(hook: String, key: String) async -> Result<JSONValue?, ServiceError> {
    await ask { try Self.read($0, hook, key) }
  }

  func set(hook: String, key: String, value: JSONValue, timeToLive: Double?) async -> Result<Void, ServiceError> {
    await ask { try Self.write($0, hook, key, value, timeToLive) }
  }

  func delete(hook: String, key: String) async -> Result<Void, ServiceError> {
    await ask { try Self.write($0, hook, key, nil, nil) }
  }

  func exchange(
    hook: String, key: String, expected: JSONValue?, value: JSONValue?
  ) async -> Result<Bool, ServiceError> {
    await ask { database in
      guard try Self.read(database, hook, key) == expected else { return false }
      try Self.write(database, hook, key, value, nil)
      return true
    }
  }
}
