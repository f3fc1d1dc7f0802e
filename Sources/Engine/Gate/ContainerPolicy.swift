import EngineAPI
import JSON
import LinuxSystem
import Logging
import Scripting
import ShimProtocol

/// What the site's hooks say about a container's life: create, start, stop, exit and exec.
struct ContainerPolicy: Sendable {
  let gate: OperationGate
  let logger: Logger

  // MARK: Create

  struct Created: Sendable {
    var draft: ContainerDraft
    var changes: [FieldChange]
    var warnings: [String]
  }

  /// Asks about a create. What the hooks saw and changed is what will run: the draft is read back from the payload.
  func create(_ draft: ContainerDraft, image: ResolvedImage, caller: Caller) async throws -> Created {
    guard gate.isWatched(.create) else { return Created(draft: draft, changes: [], warnings: []) }
    let payload = ContainerEventPayload.draft(draft, image: image, caller: caller)
    let decision = try await gate.decide(
      .create, payload: payload, schema: ContainerEventPayload.schema, object: draft.id)
    var changed = draft
    if !decision.changes.isEmpty, let container = decision.payload["container"]?.objectValue {
      try read(container, into: &changed, decision)
    }
    return Created(
      draft: changed, changes: decision.changes.map(FieldChange.init),
      warnings: decision.warnings.map(\.warningText))
  }

  /// A wrong value set by a hook is an error that names the hook.
  private func read(_ container: JSONObject, into draft: inout ContainerDraft, _ decision: Decision) throws(EngineError)
  {
    do {
      draft.config = try decode(container["Config"])
      draft.host = try (decode(container["HostConfig"]) as HostConfig).filled()
      if let networks = container["NetworkSettings"]?["Networks"] {
        draft.networks = try JSON.decode([String: EndpointSettings].self, from: networks)
      }
    } catch {
      let hooks = Set(decision.changes.map(\.hook)).sorted().joined(separator: ", ")
      throw EngineError(.invalidArgument, "hook \(hooks) made the request invalid: \(error)", cause: error)
    }
    if let name = container["Name"]?.stringValue, !name.isEmpty {
      draft.name = name.hasPrefix("/") ? String(name.dropFirst()) : name
    }
  }

  private func decode<T: Decodable>(_ value: JSONValue?) throws(JSONError) -> T {
    try JSON.decode(T.self, from: value ?? [:])
  }

  // MARK: Start

  /// Asks about a start, by request, by a restart policy or at boot. The event table declares nothing writable here: what
  /// runs is what was decided at create.
  func start(_ record: ContainerRecord, by caller: Caller, restart: RestartInfo?) async throws {
    guard gate.isWatched(.start) else { return }
    var payload = ContainerEventPayload.base(record, caller: caller)
    if let restart {
      payload["restart"] = ["attempt": .integer(Int64(restart.attempt)), "reason": .string(restart.reason)]
    }
    _ = try await gate.decide(
      .start, payload: payload, schema: ContainerEventPayload.schema, object: record.id)
  }

  // MARK: Stop

  struct Stop: Sendable {
    var signal: String
    var timeout: Int
  }

  /// A stop cannot be denied; an error in a mutate leaves the request as it was.
  func stop(
    _ record: ContainerRecord, signal: String, timeout: Int, reason: String, caller: Caller
  ) async throws -> Stop {
    let asked = Stop(signal: signal, timeout: timeout)
    guard gate.isWatched(.stop) else { return asked }
    var payload = ContainerEventPayload.base(record, caller: caller)
    payload["stop"] = ["Signal": .string(signal), "Timeout": .integer(Int64(timeout)), "reason": .string(reason)]
    guard
      let decision = try? await gate.decide(
        .stop, payload: payload, schema: ContainerEventPayload.schema, object: record.id)
    else { return asked }
    let changed = decision.payload["stop"]
    guard let name = changed?["Signal"]?.stringValue, Signal(name) != nil,
      let seconds = changed?["Timeout"]?.integerValue
    else { return asked }
    return Stop(signal: name, timeout: Int(seconds))
  }

  // MARK: Exit

  /// When the container is started again: what the exit hooks say, else what its restart policy declared.
  func exit(
    _ record: ContainerRecord, status: ExitStatus, requested: Bool, declared: Duration?
  ) async -> Duration? {
    guard gate.isWatched(.exit) else { return declared }
    var payload = ContainerEventPayload.base(record, caller: .engine(via: "restart"))
    payload["exit"] = ContainerEventPayload.exit(
      code: status.code, signal: status.signal, oom: status.oomKilled, requested: requested,
      started: Timestamp(nanosecondsSince1970: status.startedAt),
      finished: Timestamp(nanosecondsSince1970: status.finishedAt), error: status.error ?? "")
    guard
      let decision = try? await gate.decide(
        .exit, payload: payload, schema: ContainerEventPayload.schema, object: record.id)
    else { return declared }
    switch decision.payload["restart"] {
    case .bool(false)?: return nil
    case .bool(true)?: return declared ?? RestartDecision.backOff(count: record.restartCount)
    case .object(let restart)?:
      guard let seconds = restart["after"]?.numberValue, seconds >= 0 else { return declared }
      return .milliseconds(Int64(min(seconds, 86_400) * 1000))
    default: return declared
    }
  }

  // MARK: Exec

  /// Asks about an exec when it starts. The exec as the hooks left it runs.
  func exec(
    _ config: ExecConfig, id: String, container record: ContainerRecord, createdBy: Caller, caller: Caller
  ) async throws -> ExecConfig {
    guard gate.isWatched(.exec) else { return config }
    var payload = ContainerEventPayload.base(record, caller: caller)
    payload["created_by"] = .object(createdBy.payload)
    payload["exec"] = [
      "Id": .string(id), "Cmd": .array((config.cmd ?? []).map { .string($0) }), "User": .string(config.user),
      "Env": .array((config.env ?? []).map { .string($0) }), "Tty": .bool(config.tty),
      "Privileged": .bool(config.privileged), "WorkingDir": .string(config.workingDir),
    ]
    let decision = try await gate.decide(
      .exec, payload: payload, schema: ContainerEventPayload.schema, object: record.id)
    guard let exec = decision.payload["exec"] else { return config }
    var changed = config
    changed.cmd = exec["Cmd"]?.arrayValue?.compactMap(\.stringValue) ?? config.cmd
    changed.env = exec["Env"]?.arrayValue?.compactMap(\.stringValue) ?? config.env
    changed.user = exec["User"]?.stringValue ?? ""
    changed.privileged = exec["Privileged"]?.boolValue ?? config.privileged
    changed.workingDir = exec["WorkingDir"]?.stringValue ?? ""
    return changed
  }
}

extension FieldChange {
  init(_ change: Change) {
    self.init(field: change.field, from: change.from, to: change.to, hook: change.hook, rule: change.rule)
  }
}
