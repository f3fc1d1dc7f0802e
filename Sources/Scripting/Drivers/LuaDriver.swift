import Drivers
import JSON
import Lua
import Plans

/// A driver in Lua: calls its functions and reads the plans that they return. The adapters below give it the protocols
/// of `Drivers`.
final class LuaDriver: Sendable {
  /// What a driver of each kind has to have.
  static let functions: [DriverKind: [String]] = [
    .network: ["create", "attach"], .ipam: ["address"], .volume: ["create", "mount"],
    .storage: ["prepare", "view", "commit"], .log: ["write"],
  ]

  let kind: DriverKind
  let name: String
  let version: String
  let runtime: ScriptRuntime
  private let options: ConfigurationSchema
  /// Whether the script declares options at all; where it does not, they are passed on as they are.
  private let hasOptions: Bool
  private let budget: LuaBudget

  private init(
    kind: DriverKind, name: String, version: String, runtime: ScriptRuntime, options: ConfigurationSchema,
    hasOptions: Bool, budget: LuaBudget
  ) {
    self.kind = kind
    self.name = name
    self.version = version
    self.runtime = runtime
    self.options = options
    self.hasOptions = hasOptions
    self.budget = budget
  }

  var label: String { "\(kind.rawValue)/\(name)" }

  static func load(
    _ files: ScriptFiles, kind: DriverKind?, limits: HooksFile.Limits = HooksFile.Limits(), services: any HookServices
  ) async throws(ScriptError) -> LuaDriver {
    let label = kind.map { "\($0.rawValue)/\(files.name)" } ?? files.name
    let runtime = ScriptRuntime(files: files, label: label, limits: limits.state, services: services)
    let declared = try await runtime.load("driver")
    let name = declared["name"]?.stringValue ?? ""
    guard name == files.name else {
      throw ScriptError("the driver in the folder '\(files.name)' calls itself '\(name)': give both the same name")
    }
    guard let declaredKind = declared["kind"]?.stringValue.flatMap(DriverKind.init(rawValue:)) else {
      throw ScriptError("\(label): it says no kind")
    }
    if let kind, kind != declaredKind {
      throw ScriptError(
        "\(label) calls itself a \(declaredKind.rawValue) driver: it belongs in the folder \(declaredKind.rawValue)/")
    }
    return LuaDriver(
      kind: declaredKind, name: name, version: declared["version"]?.stringValue ?? "0", runtime: runtime,
      options: try ConfigurationSchema(declared["options"] ?? .null, "\(label): options"),
      hasOptions: declared["options"] != nil, budget: limits.budget(.driver))
  }

  /// As the registry takes it.
  var driver: Driver {
    switch kind {
    case .network: .network(LuaNetworkDriver(script: self))
    case .ipam: .ipam(LuaIPAMDriver(script: self))
    case .volume: .volume(LuaVolumeDriver(script: self))
    case .storage: .storage(LuaStorageDriver(script: self))
    case .log: .log(LuaLogDriver(script: self))
    }
  }

  /// Options as the script declares them: defaults filled in, text read by type; an unknown or wrong one is `invalid`.
  func typed(_ given: JSONObject) throws(DriverError) -> JSONObject {
    guard hasOptions else { return given }
    do throws(ScriptError) {
      return try options.values(given, "option", isText: true)
    } catch {
      throw DriverError(.invalid, driver: label, error.message)
    }
  }

  func plan(_ function: String, _ request: JSONValue) async throws(DriverError) -> Plan {
    let value = try await call(function, [request])
    do throws(PlanError) {
      return try Plan(json: value)
    } catch {
      throw DriverError(.failed, driver: label, "\(function) returned no valid plan: \(error)")
    }
  }

  /// What a function returns; `nil, err` and everything that goes wrong is thrown.
  func call(_ function: String, _ arguments: [JSONValue]) async throws(DriverError) -> JSONValue {
    let state = try await state()
    let context = ScriptContext(
      .driver(acts: kind == .log), script: label, rule: function, services: runtime.services)
    let result = await state.call(
      "driver", [.value(.string(function))] + arguments.map { .value($0) }, budget: budget, context: context)
    switch result {
    case .failure(let failure): throw DriverError(.failed, driver: label, "\(function): \(failure)")
    case .success(let values):
      if let value = values.first, !value.isNull { return value }
      guard values.count > 1, let problem = values[1].objectValue else {
        if kind == .log { return .null }
        throw DriverError(.failed, driver: label, "\(function) returned nothing: return a plan, or nil and an error")
      }
      throw DriverError(
        problem["code"]?.stringValue.flatMap(DriverError.Code.init(rawValue:)) ?? .invalid, driver: label,
        problem["message"]?.stringValue ?? "it gave no reason")
    }
  }

  private func state() async throws(DriverError) -> LuaState {
    if let warm = runtime.warm { return warm }
    do throws(ScriptError) {
      _ = try await runtime.load("driver")
    } catch {
      throw DriverError(.failed, driver: label, error.message)
    }
    guard let warm = runtime.warm else { throw DriverError(.failed, driver: label, "its state could not be made") }
    return warm
  }
}

/// The request as the script sees it.
private func table(_ request: some Encodable) throws -> JSONValue { try JSON.value(of: request) }

struct LuaNetworkDriver: NetworkDriver {
  let script: LuaDriver

  func create(_ network: NetworkRequest) async throws -> Plan {
    var network = network
    network.options = try script.typed(network.options)
    return try await script.plan("create", try table(network))
  }

  func attach(_ endpoint: EndpointRequest) async throws -> Plan {
    var endpoint = endpoint
    endpoint.network.options = try script.typed(endpoint.network.options)
    return try await script.plan("attach", try table(endpoint))
  }
}

struct LuaIPAMDriver: IPAMDriver {
  let script: LuaDriver

  func address(_ request: AddressRequest) async throws -> String {
    let value = try await script.call("address", [try table(request)])
    guard let text = value.stringValue, CIDR(text) != nil, text.contains("/") else {
      throw DriverError(
        .failed, driver: script.label, "address returned \(value), not an address with its prefix such as 10.12.0.7/24")
    }
    return text
  }
}

struct LuaVolumeDriver: VolumeDriver {
  let script: LuaDriver

  func create(_ volume: VolumeRequest) async throws -> Plan {
    var volume = volume
    volume.options = try script.typed(volume.options)
    return try await script.plan("create", try table(volume))
  }

  func mount(_ volume: VolumeMountRequest) async throws -> Plan {
    var volume = volume
    volume.volume.options = try script.typed(volume.volume.options)
    return try await script.plan("mount", try table(volume))
  }
}

struct LuaStorageDriver: StorageDriver {
  let script: LuaDriver

  func prepare(_ snapshot: SnapshotRequest) async throws -> Plan {
    try await script.plan("prepare", try table(snapshot))
  }
  func view(_ snapshot: SnapshotRequest) async throws -> Plan { try await script.plan("view", try table(snapshot)) }
  func commit(_ snapshot: SnapshotRequest) async throws -> Plan {
    try await script.plan("commit", try table(snapshot))
  }
}

struct LuaLogDriver: LogDriver {
  let script: LuaDriver

  func write(_ batch: [LogLine], to log: LogRequest) async throws {
    var log = log
    log.options = try script.typed(log.options)
    _ = try await script.call("write", [try table(batch), try table(log)])
  }
}
