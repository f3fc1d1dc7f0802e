public import EngineAPI
import JSON
import LinuxSystem
import Logging
import Scripting
import ShimProtocol
import Synchronization

/// What can be done with containers: each public function is one operation of the API.
public final class ContainerService: Sendable {
  let context: ContainerContext
  let registry: ContainerRegistry
  let images: ImageService
  let gate: OperationGate

  init(context: ContainerContext, registry: ContainerRegistry, images: ImageService, gate: OperationGate) {
    self.context = context
    self.registry = registry
    self.images = images
    self.gate = gate
  }

  // MARK: Lifecycle

  public func start(_ reference: String, caller: Caller) async throws {
    let container = try registry.find(reference)
    try await container.lane.run { try await container.start(by: caller, restart: nil) }
  }

  /// - Parameters:
  ///   - signal: nil for the container's stop signal.
  ///   - timeout: seconds until SIGKILL; nil for the container's, −1 waits for good.
  public func stop(_ reference: String, signal: String?, timeout: Int?, caller: Caller) async throws {
    let container = try registry.find(reference)
    try await container.lane.run { try await self.stop(container, signal: signal, timeout: timeout, caller: caller) }
  }

  private func stop(_ container: Container, signal: String?, timeout: Int?, caller: Caller) async throws {
    let record = await container.record
    let state = await container.state
    guard state.isRunning || state.status == "restarting" else {
      throw EngineError(.notModified, "container \(container.id) is already stopped")
    }
    let request = try await context.policy.stop(
      record, signal: signal ?? record.stopSignal, timeout: timeout ?? record.stopTimeout, reason: "stop",
      caller: caller)
    let signal = try parse(request.signal)
    try await container.stop(signal: signal, timeout: request.timeout, by: caller)
  }

  public func restart(_ reference: String, signal: String?, timeout: Int?, caller: Caller) async throws {
    let container = try registry.find(reference)
    try await container.lane.run {
      if await container.state.isRunning {
        try await self.stop(container, signal: signal, timeout: timeout, caller: caller)
      }
      try await container.start(by: caller, restart: nil)
      self.context.publisher.announce("restart", container: await container.record)
    }
  }

  /// Sends a signal; nil is SIGKILL. Not in the container's lane: it must work while a stop waits.
  public func kill(_ reference: String, signal: String?, caller: Caller) async throws {
    let container = try registry.find(reference)
    let wanted = try parse(signal ?? "SIGKILL")
    let record = await container.record
    guard await container.state.isRunning else {
      throw EngineError(.conflict, "cannot kill container: \(reference): container \(container.id) is not running")
    }
    let request = try await context.policy.stop(
      record, signal: wanted.name, timeout: 0, reason: "kill", caller: caller)
    try await container.kill(try parse(request.signal), by: caller)
  }

  private func parse(_ signal: String) throws(EngineError) -> Signal {
    guard let parsed = Signal(signal) else { throw EngineError(.invalidArgument, "Invalid signal: \(signal)") }
    return parsed
  }

  public func pause(_ reference: String, caller: Caller) async throws {
    let container = try registry.find(reference)
    try await container.lane.run {
      try await self.gate.pass(.pause, caller: caller, container: await container.record)
      try await container.pause(by: caller)
    }
  }

  public func unpause(_ reference: String, caller: Caller) async throws {
    let container = try registry.find(reference)
    try await container.lane.run {
      try await self.gate.pass(.unpause, caller: caller, container: await container.record)
      try await container.resume(by: caller)
    }
  }

  public struct RemoveOptions: Sendable {
    public var force: Bool
    public var volumes: Bool
    public var link: Bool

    public init(force: Bool = false, volumes: Bool = false, link: Bool = false) {
      self.force = force
      self.volumes = volumes
      self.link = link
    }
  }

  public func remove(_ reference: String, options: RemoveOptions, caller: Caller) async throws {
    guard !options.link else {
      throw EngineError(.invalidArgument, "links between containers are not supported: use a network")
    }
    let container = try registry.find(reference)
    // An automatic removal may be under way in the lane; after it there is no such container any more.
    try await container.lane.run {
      guard (try? self.registry.find(container.id)) != nil else { throw EngineError.noSuchContainer(reference) }
      try await self.gate.pass(.remove, caller: caller, container: await container.record)
      try await container.remove(force: options.force, volumes: options.volumes)
    }
  }

  public func rename(_ reference: String, to name: String, caller: Caller) async throws {
    let container = try registry.find(reference)
    let new = name.hasPrefix("/") ? String(name.dropFirst()) : name
    do { try validateContainerName(new) } catch { throw EngineError(.invalidArgument, error.message) }
    try await container.lane.run {
      let record = await container.record
      guard record.name != new else {
        throw EngineError(.invalidArgument, "Renaming a container with the same name as its current name")
      }
      try await self.gate.pass(.rename, caller: caller, container: record, request: ["name": .string(new)])
      if let owner = self.registry.claim(new, for: container.id) { throw nameTaken(new, by: owner) }
      await container.change { $0.name = new }
      do {
        try await container.save(event: "rename", ["oldName": "/\(record.name)"], durable: true)
      } catch {
        await container.change { $0.name = record.name }
        self.registry.release(new)
        throw error
      }
      self.registry.release(record.name)
    }
  }

  public func update(
    _ reference: String, _ request: ContainerUpdateRequest, caller: Caller
  ) async throws -> ContainerUpdateResponse {
    let container = try registry.find(reference)
    return try await container.lane.run {
      let record = await container.record
      var changed = record
      changed.hostConfig = ContainerUpdate.apply(request, to: record.hostConfig)
      let warnings = try RequestValidation.validate(changed.config, changed.hostConfig)
      try await self.gate.pass(.update, caller: caller, container: changed)
      if record.state.isRunning {
        let resources = SpecResources.build(host: changed.hostConfig, deviceRules: [])
        _ = try await container.connection().request(.update(resources))
      }
      let host = changed.hostConfig
      await container.change { $0.hostConfig = host }
      try await container.save(event: "update", durable: true)
      return ContainerUpdateResponse(warnings: warnings)
    }
  }

  // MARK: Waiting

  /// Registers for an end. When this returns the registration is done, so that a start that follows is not missed.
  public func wait(_ reference: String, condition: WaitCondition) async throws -> ContainerWait {
    let container = try registry.find(reference)
    return ContainerWait(stream: await container.wait(for: condition))
  }

  public func prune(filters: Filters, caller: Caller) async throws -> ContainersPruneReport {
    do { try filters.validate(["label", "label!", "until"]) } catch {
      throw EngineError(.invalidArgument, error.message)
    }
    let until = try filters["until"].first.map { text throws(EngineError) in
      do throws(InvalidValue) { return try Timestamp(option: text) } catch {
        throw EngineError(.invalidArgument, error.message)
      }
    }
    var report = ContainersPruneReport()
    for container in registry.all {
      let record = await container.record
      let labels = record.config.labels ?? [:]
      guard !record.state.isRunning, until.map({ record.created < $0 }) ?? true,
        filters.matchesLabels("label", labels), filters.excludesLabels("label!", labels)
      else { continue }
      let size = await context.snapshots.size(container: record.id)
      do {
        try await remove(record.id, options: RemoveOptions(), caller: caller)
        report.containersDeleted = (report.containersDeleted ?? []) + [record.id]
        report.spaceReclaimed += UInt64(max(0, size))
      } catch let error as EngineError
        where error.code == .notFound || error.code == .conflict || error.code == .forbidden
      {
        continue
      }
    }
    return report
  }
}

func nameTaken(_ name: String, by owner: String) -> EngineError {
  EngineError(
    .conflict,
    "Conflict. The container name \"/\(name)\" is already in use by container \"\(owner)\". "
      + "You have to remove (or rename) that container to be able to reuse that name.")
}

/// A registered wait.
public struct ContainerWait: Sendable {
  let stream: AsyncStream<RunState.Exited?>

  /// Waits for the end that was registered for.
  public func result() async throws -> ContainerWaitResponse {
    for await exit in stream {
      guard let exit else { return ContainerWaitResponse(statusCode: 0) }
      let error = exit.error.isEmpty ? nil : ContainerWaitError(message: exit.error)
      return ContainerWaitResponse(statusCode: Int(exit.code), error: error)
    }
    throw CancellationError()
  }
}
