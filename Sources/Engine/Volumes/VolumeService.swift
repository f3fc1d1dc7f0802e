import Drivers
public import EngineAPI
import JSON
import LinuxSystem
import Logging
import OCI
import Plans
import Scripting
import Synchronization

/// What outlives containers: volumes, made by drivers' plans, counted by the containers that use them.
public final class VolumeService: Sendable {
  private let root: String
  private let snapshotMount: String
  private let drivers: DriverRegistry
  private let executor: PlanExecutor
  private let records: RecordStore<VolumeRecord>
  private let publisher: EventPublisher
  private let gate: OperationGate
  private let lanes = Lanes()
  private let pool: BlockingPool
  private let facts: Facts
  private let logger: Logger

  private struct State {
    var volumes: [String: VolumeRecord] = [:]
    /// The containers, running or not, that name a volume.
    var users: [String: Set<String>] = [:]
    /// The running containers that have it mounted, and where.
    var mounted: [String: Set<String>] = [:]
  }
  private let state = Mutex(State())

  init(
    configuration: EngineConfiguration, daemonID: String, drivers: DriverRegistry, publisher: EventPublisher,
    gate: OperationGate, pool: BlockingPool, logger: Logger
  ) async throws {
    root = "\(configuration.dataRoot)/volumes"
    snapshotMount = "\(configuration.dataRoot)/snapshots/mount"
    self.drivers = drivers
    self.publisher = publisher
    self.gate = gate
    self.pool = pool
    self.logger = logger
    executor = try PlanExecutor(daemon: daemonID)
    facts = Facts(daemon: daemonID, root: root)
    records = try RecordStore(kind: "volumes", root: "\(configuration.dataRoot)/records", pool: pool, logger: logger)
    try Directory.makeAll(root, mode: 0o701)
    let loaded = try await records.load()
    state.withLock { state in for (_, record) in loaded { state.volumes[record.name] = record } }
  }

  // MARK: The API

  public func create(_ request: VolumeCreateRequest, caller: Caller) async throws -> Volume {
    var name = request.name
    if name.isEmpty {
      name = RandomID.make()
    } else {
      do { try validateVolumeName(name) } catch { throw EngineError(.invalidArgument, error.message) }
    }
    let driver = request.driver.isEmpty ? "local" : request.driver
    let options = request.driverOpts ?? [:]
    if let known = state.withLock({ $0.volumes[name] }) {
      guard known.driver == driver, options.isEmpty || known.options == options else {
        throw EngineError(
          .conflict,
          "a volume named \(name) already exists with driver \(known.driver) and other options; remove it first or choose another name"
        )
      }
      return view(known)
    }
    let anonymous = request.labels?["com.docker.volume.anonymous"] != nil
    try await ensure(
      name: name, driver: driver, options: options, labels: request.labels ?? [:], anonymous: anonymous, caller: caller)
    return try inspect(name)
  }

  public func list(filters: Filters) async throws -> VolumeList {
    do { try filters.validate(["dangling", "driver", "label", "name"]) } catch {
      throw EngineError(.invalidArgument, error.message)
    }
    let dangling: Bool?
    do {
      dangling = filters.contains("dangling") ? try filters.boolean("dangling", default: false) : nil
    } catch { throw EngineError(.invalidArgument, error.message) }
    let (volumes, users) = state.withLock { (Array($0.volumes.values), $0.users) }
    let found = volumes.filter { volume in
      let used = !(users[volume.name] ?? []).isEmpty
      return filters.matches("name", volume.name) && filters.matchesExactly("driver", volume.driver)
        && filters.matchesLabels("label", volume.labels) && (dangling.map { $0 != used } ?? true)
    }
    return VolumeList(volumes: found.sorted { $0.name < $1.name }.map(view))
  }

  public func inspect(_ name: String) throws -> Volume { view(try record(name)) }

  private func record(_ name: String) throws(EngineError) -> VolumeRecord {
    guard let record = state.withLock({ $0.volumes[name] }) else {
      throw EngineError(.notFound, "get \(name): no such volume")
    }
    return record
  }

  private func view(_ record: VolumeRecord) -> Volume {
    Volume(
      createdAt: record.created.description, driver: record.driver,
      labels: record.anonymous ? ["com.docker.volume.anonymous": ""] : (record.labels.isEmpty ? nil : record.labels),
      mountpoint: record.path ?? "", name: record.name, options: record.options.isEmpty ? nil : record.options,
      scope: "local")
  }

  public func remove(_ name: String, force: Bool, caller: Caller) async throws {
    guard state.withLock({ $0.volumes[name] }) != nil else {
      if force { return }
      throw EngineError(.notFound, "get \(name): no such volume")
    }
    try await gate.pass(.volumeRemove, caller: caller, object: name, payload: try payload(name))
    try await lanes.run(name) { [self] in try await removeLocked(name) }
  }

  private func removeLocked(_ name: String) async throws {
    let record = try record(name)
    let users = state.withLock { $0.users[name] ?? [] }
    guard users.isEmpty else {
      throw EngineError(
        .conflict, "remove \(name): volume is in use - [\(users.sorted().joined(separator: ", "))]")
    }
    let executor = executor
    let sites = Sites(roots: [root])
    let failures = try await pool.run { executor.undo(record.applied, sites: sites) }
    guard failures.isEmpty else {
      throw EngineError(
        .internalError, "remove \(name): \(failures.map(\.description).joined(separator: "; "))")
    }
    try await records.delete(name)
    state.withLock { state in
      state.volumes[name] = nil
      state.users[name] = nil
    }
    publisher.announce(type: "volume", action: "destroy", id: name, attributes: ["driver": record.driver])
    emptyTrash()
  }

  public func prune(filters: Filters, caller: Caller) async throws -> VolumesPruneReport {
    do { try filters.validate(["all", "label", "label!"]) } catch {
      throw EngineError(.invalidArgument, error.message)
    }
    let all = filters["all"].contains { $0 == "1" || $0 == "true" }
    var report = VolumesPruneReport()
    for volume in state.withLock({ Array($0.volumes.values) }) {
      guard all || volume.anonymous, filters.matchesLabels("label", volume.labels),
        filters.excludesLabels("label!", volume.labels)
      else { continue }
      let path = volume.path
      let size = (try? await pool.run { try path.map(DiskUse.bytes) ?? 0 }) ?? 0
      do {
        try await remove(volume.name, force: false, caller: caller)
        report.volumesDeleted = (report.volumesDeleted ?? []) + [volume.name]
        report.spaceReclaimed += UInt64(max(0, size))
      } catch let error as EngineError where error.code != .internalError {
        continue
      }
    }
    return report
  }

  private func payload(_ name: String) throws -> JSONObject {
    ["volume": try JSON.value(of: view(record(name)))]
  }

  // MARK: For containers

  /// Makes a volume unless it is there.
  func ensure(
    name: String, driver: String, options: [String: String], labels: [String: String], anonymous: Bool, caller: Caller
  ) async throws {
    try await lanes.run(name) { [self] in
      guard state.withLock({ $0.volumes[name] }) == nil else { return }
      let volume: JSONObject = [
        "Name": .string(name), "Driver": .string(driver),
        "Options": .object(JSONObject(options.map { (key: $0.key, value: .string($0.value)) })),
        "Labels": .object(JSONObject(labels.map { (key: $0.key, value: .string($0.value)) })),
      ]
      try await gate.pass(.volumeCreate, caller: caller, object: name, payload: ["volume": .object(volume)])
      do {
        try await make(name, driver, options, labels, anonymous)
      } catch {
        throw EngineError.driver(error)
      }
      publisher.announce(type: "volume", action: "create", id: name, attributes: ["driver": driver])
    }
  }

  private func make(
    _ name: String, _ driverName: String, _ options: [String: String], _ labels: [String: String], _ anonymous: Bool
  ) async throws {
    let driver: any VolumeDriver
    do { driver = try drivers.volume(driverName) } catch {
      throw EngineError(.notFound, "error looking up volume plugin \(driverName): plugin \"\(driverName)\" not found")
    }
    let plan = try await driver.create(request(name, options: options, labels: labels, result: .null))
    var record = VolumeRecord(
      name: name, driver: driverName, created: .now(), options: options, labels: labels, anonymous: anonymous,
      applied: AppliedPlan(key: "volume:\(name)", plan: plan))
    try await records.save(record, id: name, durable: true)
    do {
      record.applied = try await apply(record.applied)
      try await records.save(record, id: name, durable: true)
    } catch {
      try? await records.delete(name)
      throw error
    }
    let made = record
    state.withLock { $0.volumes[name] = made }
  }

  private func request(
    _ name: String, options: [String: String], labels: [String: String], result: JSONValue
  ) -> VolumeRequest {
    VolumeRequest(
      name: name, labels: labels, options: JSONObject(options.map { (key: $0.key, value: .string($0.value)) }),
      root: "\(root)/\(name)", result: result, facts: facts)
  }

  private func apply(_ intent: AppliedPlan, image: (any ImageTree)? = nil) async throws -> AppliedPlan {
    let executor = executor
    let sites = Sites(roots: [root], image: image)
    return try await pool.run {
      try executor.apply(
        intent, sites: sites, before: { _ in FaultPoint.pass("plan.step.before") },
        progress: { _ in FaultPoint.pass("plan.step.after") }
      ).applied
    }
  }

  /// Copies what the image has at the destination into a volume that is still empty.
  func populate(
    name: String, destination: String, layers: [String], container record: ContainerRecord
  ) async throws {
    do {
      let plan = try await mountPlan(name, target: destination, readOnly: false, copy: true, subpath: nil, record)
      let image = MergedLayers(layers: layers, mountPoint: snapshotMount)
      _ = try await apply(AppliedPlan(key: "volume:\(name)", plan: plan), image: image)
    } catch {
      throw EngineError.driver(error)
    }
  }

  /// The mounts of a volume in a container that starts.
  func acquire(_ mount: MountRecord, container record: ContainerRecord) async throws -> [RuntimeMount] {
    let name = mount.name ?? ""
    guard state.withLock({ $0.volumes[name] }) != nil else {
      throw EngineError(.notFound, "volume \(name) of the container is gone: create it again, or remove the container")
    }
    do {
      let plan = try await mountPlan(
        name, target: mount.destination, readOnly: mount.readOnly, copy: false, subpath: mount.subpath, record)
      let applied = try await apply(AppliedPlan(key: "volume:\(name)", plan: plan))
      let mounts = applied.steps(in: .mntns).compactMap(Self.runtimeMount)
      state.withLock { _ = $0.mounted[name, default: []].insert(record.id) }
      publisher.announce(
        type: "volume", action: "mount", id: name,
        attributes: [
          "container": record.id, "destination": mount.destination, "driver": mount.driver ?? "local",
          "propagation": mount.propagation, "read/write": mount.readOnly ? "false" : "true",
        ])
      return mounts
    } catch {
      throw EngineError.driver(error)
    }
  }

  private func mountPlan(
    _ name: String, target: String, readOnly: Bool, copy: Bool, subpath: String?, _ container: ContainerRecord
  ) async throws -> Plan {
    let volume = try record(name)
    let driver = try drivers.volume(volume.driver)
    return try await driver.mount(
      VolumeMountRequest(
        volume: request(name, options: volume.options, labels: volume.labels, result: volume.applied.result),
        container: .init(id: container.id, name: container.name, labels: container.config.labels ?? [:]),
        target: target, readOnly: readOnly, copy: copy, subpath: subpath))
  }

  /// A plan's `mount` step in the container's mount namespace, as its runtime is told.
  static func runtimeMount(_ step: Step) -> RuntimeMount? {
    guard case .mount(let mount) = step.action, let target = try? mount.target.get() else { return nil }
    var options = mount.options
    if mount.type == "bind" { options.insert("rbind", at: 0) }
    switch mount.readOnly {
    case .recursive?: options.append("rro")
    case .top?: options.append("ro")
    case nil: break
    }
    options.append(mount.propagation?.rawValue ?? "rprivate")
    let source = mount.source.flatMap { try? $0.get() }
    return RuntimeMount(destination: target, type: mount.type, source: source ?? mount.type, options: options)
  }

  func path(of name: String) -> String? { state.withLock { $0.volumes[name]?.path } }

  func reference(_ names: [String], container id: String) {
    state.withLock { state in for name in names { state.users[name, default: []].insert(id) } }
  }

  /// A container is gone: it uses nothing any more.
  func forget(container id: String) async {
    await release(container: id)
    state.withLock { state in
      for name in state.users.keys { state.users[name]?.remove(id) }
    }
  }

  /// A container's processes have ended.
  func release(container id: String) async {
    let names = state.withLock { state -> [String] in
      let names = state.mounted.filter { $0.value.contains(id) }.map(\.key)
      for name in names { state.mounted[name]?.remove(id) }
      return names
    }
    for name in names {
      publisher.announce(
        type: "volume", action: "unmount", id: name,
        attributes: ["container": id, "driver": state.withLock { $0.volumes[name]?.driver } ?? ""])
    }
  }

  func removeAnonymous(_ name: String, container id: String) async {
    let isLast = state.withLock { state in
      state.users[name]?.remove(id)
      return state.users[name]?.isEmpty ?? true
    }
    guard isLast, state.withLock({ $0.volumes[name]?.anonymous }) ?? false else { return }
    do { try await lanes.run(name) { [self] in try await removeLocked(name) } } catch {
      logger.warning("an anonymous volume could not be removed", metadata: ["volume": "\(name)", "error": "\(error)"])
    }
  }

  /// After a restart: who uses what, and half-made volumes are completed.
  func recover(containers: [String: [String]]) async {
    for (id, names) in containers { reference(names, container: id) }
    for (name, record) in state.withLock({ $0.volumes }) where record.applied.state == .applying {
      do {
        var completed = record
        completed.applied = try await apply(record.applied)
        try await records.save(completed, id: name, durable: true)
        let made = completed
        state.withLock { $0.volumes[name] = made }
      } catch {
        logger.error("a volume could not be completed", metadata: ["volume": "\(name)", "error": "\(error)"])
      }
    }
    emptyTrash()
  }

  private func emptyTrash() {
    let root = root
    let pool = pool
    Task { try? await pool.run { try Trash.empty(root: root) } }
  }
}
