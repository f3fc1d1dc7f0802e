import EngineAPI
import JSON
import Scripting

/// Containers as hooks see them: the shape of `docker inspect`, made from the record that will run.
enum ContainerEventPayload {
  static let schema = FieldSchema.record([
    "id": .string, "name": .string, "time": .number, "decision": .string, "dry": .boolean, "actor": .any,
    "container": FieldSchema(of: ContainerInspect.self), "image": .any, "owner": .any, "request": .any,
    "restart": .any, "stop": .record(["Signal": .string, "Timeout": .integer, "reason": .string]), "exit": .any,
    "exec": .any, "created_by": .any, "privileges": .any,
  ])

  static func base(_ record: ContainerRecord, caller: Caller) -> JSONObject {
    ["actor": .object(caller.payload), "owner": .object(record.owner.payload), "container": container(record)]
  }

  static func container(_ record: ContainerRecord) -> JSONValue {
    let view = ContainerView.inspect(
      record, network: NetworkSettings(), directory: "", upper: nil, execs: [])
    return normalized(view)
  }

  static func normalized(_ view: ContainerInspect) -> JSONValue {
    let object = (try? JSON.value(of: view))?.objectValue ?? [:]
    return .object(EventNormalizer.container(object))
  }

  /// A container that is being created.
  static func draft(_ draft: ContainerDraft, image: ResolvedImage, caller: Caller) -> JSONObject {
    let arguments = (draft.config.entrypoint ?? []) + (draft.config.cmd ?? [])
    let view = ContainerInspect(
      id: draft.id, path: arguments.first ?? "", args: Array(arguments.dropFirst()), image: image.id,
      name: draft.name.map { "/" + $0 } ?? "", hostConfig: draft.host, config: draft.config,
      networkSettings: NetworkSettings(networks: draft.networks))
    return [
      "actor": .object(caller.payload), "owner": .object(caller.payload), "container": normalized(view),
      "image": .object(image.payload),
    ]
  }

  /// What an observer is told about a lifecycle event.
  static func observed(
    _ event: String, record: ContainerRecord, details: [String: String], extra: JSONObject
  ) -> JSONObject {
    var payload: JSONObject = ["owner": .object(record.owner.payload), "container": container(record)]
    payload["time"] = .number(Double(Timestamp.now().nanosecondsSince1970) / 1e9)
    switch event {
    case "exit": payload["exit"] = exit(record)
    case "stop":
      payload["stop"] = [
        "Signal": .string(record.stopSignal), "Timeout": .integer(Int64(record.stopTimeout)), "reason": "stop",
      ]
    default: break
    }
    for (key, value) in extra { payload[key] = value }
    return payload
  }

  private static func exit(_ record: ContainerRecord) -> JSONValue {
    guard let exit = record.state.exit else { return [:] }
    return self.exit(
      code: exit.code, signal: exit.signal, oom: exit.oomKilled, requested: record.stoppedByUser,
      started: exit.startedAt, finished: exit.finishedAt, error: exit.error)
  }

  static func exit(
    code: Int32, signal: Int32?, oom: Bool, requested: Bool, started: Timestamp, finished: Timestamp, error: String
  ) -> JSONValue {
    var object: JSONObject = [
      "code": .integer(Int64(code)), "oom": .bool(oom), "requested": .bool(requested),
      "started": .number(Double(started.nanosecondsSince1970) / 1e9),
      "finished": .number(Double(finished.nanosecondsSince1970) / 1e9),
    ]
    object["signal"] = signal.map { .integer(Int64($0)) }
    if !error.isEmpty { object["error"] = .string(error) }
    return .object(object)
  }
}
