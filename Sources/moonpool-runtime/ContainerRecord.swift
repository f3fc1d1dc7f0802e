import JSON
import LinuxSystem
import OCI

/// What the runtime remembers of a container between its commands, as `ROOT/ID/state.json`.
struct ContainerRecord: Codable {
  var id: String
  var bundle: String
  var rootfs: String
  /// 0 while the container is being created.
  var pid: Int32
  /// Field 22 of /proc/PID/stat: tells the process from a later one with its number.
  var startTime: UInt64
  /// Seconds since 1970.
  var created: Int64
  var cgroup: String
  var spec: RuntimeSpec
}

/// The directory of all records.
struct ContainerStore {
  let root: String

  func directory(_ id: String) -> String { root + "/" + id }
  func socket(_ id: String) -> String { directory(id) + "/start.sock" }

  /// Ids become file and cgroup names.
  static func check(_ id: String) throws(UsageError) {
    let allowed = id.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "_+-.".utf8.contains(byte)
    }
    guard allowed, !id.isEmpty, id != ".", id != "..", id.utf8.count <= 1024 else {
      throw UsageError("invalid container id \"\(id)\": use letters, digits, and _+-.")
    }
  }

  /// Claims an id; one that is taken is an error.
  func claim(_ id: String) throws {
    try Directory.makeAll(root, mode: 0o700)
    do throws(SystemError) { _ = try FileStatus.of(directory(id)) } catch {
      return try Directory.make(directory(id), mode: 0o700)
    }
    throw UsageError("container with id \(id) exists already")
  }

  func save(_ record: ContainerRecord) throws {
    try File.replace(directory(record.id) + "/state.json", with: try JSON.encode(record))
  }

  func load(_ id: String) throws -> ContainerRecord {
    try Self.check(id)
    let bytes: [UInt8]
    do { bytes = try File.read(directory(id) + "/state.json") } catch {
      throw UsageError(error.errno == .noEntry ? "container \(id) does not exist" : error.description)
    }
    return try JSON.decode(ContainerRecord.self, from: bytes)
  }

  func remove(_ id: String) throws { try Directory.removeAll(directory(id)) }

  func ids() throws -> [String] {
    guard FileStatus.exists(root) else { return [] }
    return try Directory.names(root).filter { FileStatus.exists(directory($0) + "/state.json") }.sorted()
  }

  func status(of record: ContainerRecord) -> RuntimeStatus {
    guard record.pid != 0 else { return .creating }
    guard let process = ProcessInformation(pid: record.pid), process.startTime == record.startTime, process.isAlive
    else {
      return .stopped
    }
    return FileStatus.exists(socket(record.id)) ? .created : .running
  }

  func state(of record: ContainerRecord) -> RuntimeState {
    let status = status(of: record)
    return RuntimeState(
      ociVersion: record.spec.ociVersion, id: record.id, status: status, pid: status == .stopped ? nil : record.pid,
      bundle: record.bundle, annotations: record.spec.annotations)
  }
}

/// /proc/PID/stat (proc_pid_stat(5)).
struct ProcessInformation {
  var state: Character
  var startTime: UInt64

  var isAlive: Bool { state != "Z" && state != "X" }

  init?(pid: Int32) {
    guard let text = try? File.readText("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, let state = fields[0].first, let startTime = UInt64(fields[19]) else { return nil }
    self.state = state
    self.startTime = startTime
  }
}
