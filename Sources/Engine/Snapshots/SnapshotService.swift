import Drivers
import JSON
import LinuxSystem
import Logging
import OCI
import Plans
import Synchronization

/// The root file systems of containers: a storage driver's plan over the layers of an image.
///
/// Nothing is mounted here: the mounts of a plan's result are applied by the container's first process, in its own mount
/// namespace.
public final class SnapshotService: Sendable {
  private let root: String
  private let drivers: DriverRegistry
  private let executor: PlanExecutor
  private let records: RecordStore<SnapshotRecord>
  private let known = Mutex<[String: SnapshotRecord]>([:])
  private let lanes = Lanes()
  private let pool: BlockingPool
  private let facts: Facts
  private let logger: Logger
  private static let driver = "overlay"

  init(
    configuration: EngineConfiguration, daemonID: String, drivers: DriverRegistry, pool: BlockingPool, logger: Logger
  ) async throws {
    root = "\(configuration.dataRoot)/snapshots"
    self.drivers = drivers
    self.pool = pool
    self.logger = logger
    executor = try PlanExecutor(daemon: daemonID)
    facts = Facts(daemon: daemonID, root: root)
    records = try RecordStore(kind: "snapshots", root: "\(configuration.dataRoot)/records", pool: pool, logger: logger)
    try Directory.makeAll(root, mode: 0o711)
    try Directory.makeAll("\(root)/mount", mode: 0o711)
    let loaded = try await records.load()
    known.withLock { known in for (id, record) in loaded { known[id] = record } }
  }

  private var sites: Sites { Sites(roots: [root]) }

  private func request(_ id: String, parents: [SnapshotRequest.Parent]) -> SnapshotRequest {
    SnapshotRequest(key: id, root: "\(root)/\(id)", parents: parents, facts: facts)
  }

  /// Makes a container's writable layer over the layers of its image, topmost first.
  func prepare(container id: String, parents: [SnapshotRequest.Parent]) async throws {
    try await lanes.run(id) { [self] in
      do {
        let driver = try drivers.storage(Self.driver)
        let plan = try await driver.prepare(request(id, parents: parents))
        var record = SnapshotRecord(
          id: id, driver: Self.driver, parents: parents, applied: AppliedPlan(key: "snapshot:\(id)", plan: plan))
        try await save(record)
        record.applied = try await apply(record.applied)
        try await save(record)
      } catch {
        throw EngineError.driver(error)
      }
    }
  }

  private func save(_ record: SnapshotRecord) async throws {
    known.withLock { $0[record.id] = record }
    try await records.save(record, id: record.id)
  }

  private func apply(_ intent: AppliedPlan) async throws -> AppliedPlan {
    let executor = executor
    let sites = sites
    return try await pool.run {
      try executor.apply(
        intent, sites: sites, before: { _ in FaultPoint.pass("plan.step.before") },
        progress: { _ in FaultPoint.pass("plan.step.after") }
      ).applied
    }
  }

  private func record(_ id: String) throws(EngineError) -> SnapshotRecord {
    guard let record = known.withLock({ $0[id] }) else {
      throw EngineError(
        .internalError, "the file system of container \(id) is missing: remove the container and create it again")
    }
    return record
  }

  /// The container's root as its runtime is told: where it is mounted, and what.
  func mounts(container id: String) async throws -> (rootfs: String, mounts: [RuntimeMount]) {
    let record = try record(id)
    let result: SnapshotResult
    do {
      result = try JSON.decode(SnapshotResult.self, from: record.applied.result)
    } catch {
      throw EngineError(.internalError, "storage driver \(record.driver) gave no usable result: \(error)", cause: error)
    }
    return ("\(root)/mount", result.mounts.map(Self.runtimeMount))
  }

  private static func runtimeMount(_ mount: SnapshotResult.Mount) -> RuntimeMount {
    var options: [String] = []
    for (key, value) in mount.options {
      switch value {
      case .array(let list): options.append("\(key)=" + list.compactMap(\.stringValue).joined(separator: ":"))
      case .string(let text): options.append("\(key)=\(text)")
      case .bool(true): options.append(key)
      case .integer(let number): options.append("\(key)=\(number)")
      default: break
      }
    }
    if mount.type == "bind" { options.append("rbind") }
    return RuntimeMount(destination: "/", type: mount.type, source: mount.source ?? mount.type, options: options)
  }

  /// The directory with what the container itself has written.
  func upper(container id: String) -> String? {
    known.withLock { $0[id]?.applied.result["path"]?.stringValue }
  }

  /// The image's layers below the container's own, topmost first.
  func parents(container id: String) -> [SnapshotRequest.Parent] {
    known.withLock { $0[id]?.parents ?? [] }
  }

  func size(container id: String) async -> Int64 {
    guard let path = upper(container: id) else { return 0 }
    return (try? await pool.run { try DiskUse.bytes(below: path) }) ?? 0
  }

  /// Takes a container's layer away; its content goes to the trash at once and is deleted behind.
  func remove(container id: String) async throws {
    try await lanes.run(id) { [self] in
      guard let record = known.withLock({ $0[id] }) else { return }
      let executor = executor
      let sites = sites
      let failures = try await pool.run { executor.undo(record.applied, sites: sites) }
      guard failures.isEmpty else {
        throw EngineError(
          .internalError,
          "the file system of container \(id) could not be removed: \(failures.map(\.description).joined(separator: "; "))"
        )
      }
      try await records.delete(id)
      _ = known.withLock { $0.removeValue(forKey: id) }
    }
    emptyTrash()
  }

  private func emptyTrash() {
    let root = root
    let pool = pool
    Task { try? await pool.run { try Trash.empty(root: root) } }
  }

  /// After a restart: layers of containers that are not known are taken away, half-made ones too.
  func recover(known containers: Set<String>) async {
    for (id, record) in known.withLock({ $0 }) where !containers.contains(id) || record.applied.state == .applying {
      do {
        if containers.contains(id) {
          var completed = record
          completed.applied = try await apply(record.applied)
          try await save(completed)
        } else {
          try await remove(container: id)
        }
      } catch {
        logger.error("a snapshot could not be recovered", metadata: ["id": "\(id)", "error": "\(error)"])
      }
    }
    emptyTrash()
  }
}
