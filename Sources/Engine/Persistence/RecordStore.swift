import EngineAPI
import JSON
import LinuxSystem
import Logging

/// The records of one kind: a directory with one JSON file per object, each replaced as a whole (temp + rename).
///
/// What cannot be decoded is moved to `quarantine/` beside it and listed, never deleted (DESIGN §5).
struct RecordStore<Record: Codable & Sendable>: Sendable {
  let kind: String
  let directory: String
  private let pool: BlockingPool
  private let logger: Logger

  /// - Parameter root: the daemon's `records` directory; made with mode 0700 when absent.
  init(kind: String, root: String, pool: BlockingPool, logger: Logger) throws(SystemError) {
    self.kind = kind
    self.directory = "\(root)/\(kind)"
    self.pool = pool
    self.logger = logger
    try Directory.makeAll(directory, mode: 0o700)
  }

  private func path(_ id: String) -> String { "\(directory)/\(id).json" }

  /// Writes a record. `durable` waits until it is on the disk: for what a power failure must not undo (creates, image
  /// references, volumes), not for changes of state.
  func save(_ record: Record, id: String, durable: Bool = false) async throws {
    let bytes = try JSON.encode(record)
    let path = path(id)
    let kind = kind
    do {
      try await pool.run {
        FaultPoint.pass("record.\(kind).before")
        try File.replace(path, with: bytes, durability: durable ? .machine : .process)
        FaultPoint.pass("record.\(kind).after")
      }
    } catch let error as SystemError where error.errno == .noSpace {
      throw EngineError(
        .full, "no space left on device: the record of \(kind) \(id) could not be written to \(directory)", cause: error
      )
    }
  }

  func delete(_ id: String) async throws {
    let path = path(id)
    let kind = kind
    try await pool.run {
      FaultPoint.pass("record.\(kind).before")
      try Directory.removeAll(path)
      FaultPoint.pass("record.\(kind).after")
    }
  }

  /// Every record by id. Unreadable ones are quarantined; half-written temporary files are removed.
  func load() async throws -> [(id: String, record: Record)] {
    let store = self
    return try await pool.run { try store.loadBlocking() }
  }

  private func loadBlocking() throws -> [(id: String, record: Record)] {
    var records: [(id: String, record: Record)] = []
    for name in try Directory.names(directory).sorted() {
      if name.hasPrefix(".") && name.hasSuffix(".tmp") {
        try Directory.removeAll("\(directory)/\(name)")
        continue
      }
      guard name.hasSuffix(".json") else { continue }
      do {
        let record = try JSON.decode(Record.self, from: File.read("\(directory)/\(name)"))
        records.append((String(name.dropLast(5)), record))
      } catch {
        try quarantine(name, because: "\(error)")
      }
    }
    return records
  }

  private func quarantine(_ name: String, because reason: String) throws {
    let place = "\(directory)/quarantine"
    try Directory.makeAll(place, mode: 0o700)
    let target = "\(place)/\(name).\(Timestamp.now().nanosecondsSince1970)"
    try File.rename("\(directory)/\(name)", to: target)
    logger.error(
      "a record cannot be read and was set aside", metadata: ["file": "\(target)", "reason": "\(reason)"])
  }

  /// The files set aside so far, for `info`.
  func quarantined() -> [String] {
    ((try? Directory.names("\(directory)/quarantine")) ?? []).map { "\(directory)/quarantine/\($0)" }
  }
}
