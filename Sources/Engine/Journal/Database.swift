import CSQLite

/// SQLite in the few calls that the journal and the hooks' store need: one connection, used by one thread at a time.
///
/// The C library itself rather than a wrapper package: the known one brings all of Foundation into the daemon.
final class Database {
  struct Failure: Error, CustomStringConvertible {
    var code: Int32
    var description: String
    /// The file is no database any more, or torn: it is set aside and begun anew.
    var isCorrupt: Bool { code & 0xFF == SQLITE_CORRUPT || code & 0xFF == SQLITE_NOTADB }
  }

  enum Value: Sendable {
    case null
    case integer(Int64)
    case number(Double)
    case text(String)
    case blob([UInt8])
  }

  private var handle: OpaquePointer?
  private var prepared: [String: OpaquePointer] = [:]

  /// Opens or makes a database in WAL mode. `synchronous=NORMAL`: a power failure may lose the last rows (records make
  /// up for them), never the file.
  init(path: String, schema: String) throws(Failure) {
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
    let result = sqlite3_open_v2(path, &handle, flags, nil)
    guard result == SQLITE_OK else {
      let failure = self.failure(result)
      sqlite3_close_v2(handle)
      throw failure
    }
    sqlite3_busy_timeout(handle, 2000)
    try execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-256; PRAGMA mmap_size=0")
    try execute(schema)
    // A torn page shows here rather than in the middle of an operation.
    guard case .text("ok")? = try query("PRAGMA quick_check(1)").first?.first else {
      throw Failure(code: SQLITE_CORRUPT, description: "the database \(path) is damaged")
    }
  }

  deinit {
    for statement in prepared.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  private func failure(_ code: Int32) -> Failure {
    let message = handle.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? "out of memory"
    return Failure(code: code, description: "sqlite: \(message)")
  }

  func execute(_ sql: String) throws(Failure) {
    let result = sqlite3_exec(handle, sql, nil, nil, nil)
    guard result == SQLITE_OK else { throw failure(result) }
  }

  /// Runs one statement, kept compiled by its text, and returns its rows.
  @discardableResult
  func query(_ sql: String, _ parameters: [Value] = []) throws(Failure) -> [[Value]] {
    let statement = try statement(sql)
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    for (index, parameter) in parameters.enumerated() { bind(parameter, at: Int32(index + 1), of: statement) }
    var rows: [[Value]] = []
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW:
        rows.append((0..<sqlite3_column_count(statement)).map { column(statement, $0) })
      case SQLITE_DONE: return rows
      case let code: throw failure(code)
      }
    }
  }

  func transaction(_ body: () throws -> Void) throws {
    try execute("BEGIN IMMEDIATE")
    do {
      try body()
      try execute("COMMIT")
    } catch {
      try? execute("ROLLBACK")
      throw error
    }
  }

  private func statement(_ sql: String) throws(Failure) -> OpaquePointer {
    if let statement = prepared[sql] { return statement }
    var statement: OpaquePointer?
    let result = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard result == SQLITE_OK, let statement else { throw failure(result) }
    prepared[sql] = statement
    return statement
  }

  private func bind(_ value: Value, at index: Int32, of statement: OpaquePointer) {
    // SQLITE_TRANSIENT: SQLite copies before the call returns.
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    switch value {
    case .null: sqlite3_bind_null(statement, index)
    case .integer(let integer): sqlite3_bind_int64(statement, index, integer)
    case .number(let number): sqlite3_bind_double(statement, index, number)
    case .text(let text): sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), transient)
    case .blob(let bytes): sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), transient)
    }
  }

  private func column(_ statement: OpaquePointer, _ index: Int32) -> Value {
    switch sqlite3_column_type(statement, index) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, index))
    case SQLITE_FLOAT: return .number(sqlite3_column_double(statement, index))
    case SQLITE_TEXT: return .text(sqlite3_column_text(statement, index).map { String(cString: $0) } ?? "")
    case SQLITE_BLOB:
      let count = Int(sqlite3_column_bytes(statement, index))
      guard count > 0, let bytes = sqlite3_column_blob(statement, index) else { return .blob([]) }
      return .blob(Array(UnsafeRawBufferPointer(start: bytes, count: count)))
    default: return .null
    }
  }
}

extension Database.Value {
  var integer: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }
  var text: String? {
    if case .text(let value) = self { value } else { nil }
  }
  var blob: [UInt8]? {
    if case .blob(let value) = self { value } else { nil }
  }
}
