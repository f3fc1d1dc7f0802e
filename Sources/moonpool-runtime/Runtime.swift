import CLinux
import Cgroups
import ContainerRuntime
import JSON
import LinuxSystem
import OCI
import SeccompCompiler

/// The commands of the OCI runtime command line (runc's, as callers use it).
struct Runtime {
  let arguments: Arguments
  let store: ContainerStore
  let environment: [String]

  init(_ arguments: Arguments, environment: [String]) {
    self.arguments = arguments
    self.environment = environment
    store = ContainerStore(root: arguments.globals["root"] ?? "/run/moonpool-runtime")
  }

  /// Runs the command; the result is the exit code.
  func run() throws -> Int32 {
    switch arguments.command {
    case "create": try create(try id())
    case "start": try start(try id())
    case "run": return try runContainer(try id())
    case "state": try state(try id())
    case "kill": try kill(try id())
    case "delete": try delete(try id())
    case "pause": try Cgroup(store.load(id()).cgroup, in: .discover()).freeze()
    case "resume": try Cgroup(store.load(id()).cgroup, in: .discover()).thaw()
    case "exec": return try exec(try id())
    case "list": try list()
    case "ps": try processes(try id())
    case "spec": try Specification.write(to: (arguments.value("bundle") ?? ".") + "/config.json")
    case "features": try output(Specification.features())
    default: throw UsageError("unknown command \"\(arguments.command)\"; see moonpool-runtime --help")
    }
    return 0
  }

  func id() throws(UsageError) -> String {
    guard let id = arguments.operands.first else { throw UsageError("\(arguments.command) needs a container id") }
    try ContainerStore.check(id)
    return id
  }

  func output(_ value: JSONValue) throws {
    try OwnedDescriptor.writeAll(JSON.write(value, pretty: true) + [UInt8(ascii: "\n")], to: 1)
  }

  private func state(_ id: String) throws {
    try output(try JSON.value(of: store.state(of: try store.load(id))))
  }

  private func list() throws {
    let states = try store.ids().map { store.state(of: try store.load($0)) }
    if arguments.has("quiet") {
      try OwnedDescriptor.writeAll(Array(states.map { $0.id + "\n" }.joined().utf8), to: 1)
    } else if arguments.value("format") == "json" {
      try output(.array(try states.map { try JSON.value(of: $0) }))
    } else {
      var text = "ID\tPID\tSTATUS\tBUNDLE\n"
      for state in states { text += "\(state.id)\t\(state.pid ?? 0)\t\(state.status.rawValue)\t\(state.bundle)\n" }
      try OwnedDescriptor.writeAll(Array(text.utf8), to: 1)
    }
  }

  private func processes(_ id: String) throws {
    let pids = try Cgroup(try store.load(id).cgroup, in: .discover()).processes()
    try output(.array(pids.map { .integer(Int64($0)) }))
  }

  private func start(_ id: String) throws {
    let record = try store.load(id)
    let status = store.status(of: record)
    guard status == .created else { throw UsageError("cannot start container \(id): it is \(status.rawValue)") }
    // By descriptor: the path may be longer than a socket address.
    let directory = try OwnedDescriptor.open(store.directory(id), [.path, .directory])
    let result = Result { () throws(RuntimeError) in
      try StartClient.start(socketPath: directory.procPath + "/start.sock")
    }
    _ = cl_unlinkat(directory.rawValue, "start.sock", 0)
    try result.get()
    runHooks(record.spec.hooks?.poststart, store.state(of: record))
  }

  private func kill(_ id: String) throws {
    let record = try store.load(id)
    let name = arguments.operands.count > 1 ? arguments.operands[1] : "TERM"
    guard let signal = Signal(name) else { throw UsageError("unknown signal \"\(name)\"") }
    let status = store.status(of: record)
    if arguments.has("all") {
      for pid in (try? Cgroup(record.cgroup, in: .discover()).allProcesses()) ?? [] {
        _ = cl_kill(pid, signal.rawValue)
      }
      return
    }
    guard status == .running || status == .created else {
      throw UsageError("cannot kill container \(id): it is \(status.rawValue)")
    }
    let process = try PIDDescriptor(pid: record.pid)
    // The number may have been given to another process between the look and the open.
    guard store.status(of: record) != .stopped else { throw UsageError("cannot kill container \(id): it is stopped") }
    try process.send(signal)
  }

  private func delete(_ id: String) throws {
    let force = arguments.has("force")
    let record: ContainerRecord
    do { record = try store.load(id) } catch {
      if force { return try store.remove(id) }
      throw error
    }
    let status = store.status(of: record)
    if status == .running && !force {
      throw UsageError("cannot delete container \(id): it is running; kill it first or use --force")
    }
    try remove(record)
  }

  /// Kills what is left, removes cgroup and record, runs the poststop hooks.
  func remove(_ record: ContainerRecord) throws {
    let cgroup = Cgroup(record.cgroup, in: try .discover())
    if store.status(of: record) != .stopped, record.pid != 0, let process = try? PIDDescriptor(pid: record.pid) {
      try? process.send(.kill)
      _ = cl_poll_readable(process.rawValue, 10_000)
    }
    try cgroup.killAll()
    try cgroup.delete()
    try store.remove(record.id)
    var state = store.state(of: record)
    state.status = .stopped
    state.pid = nil
    runHooks(record.spec.hooks?.poststop, state)
  }

  /// Hooks whose failure is told and changes nothing (runtime.md#lifecycle).
  private func runHooks(_ hooks: [RuntimeHook]?, _ state: RuntimeState) {
    for hook in hooks ?? [] {
      do { try HookRunner.run(hook, state: state) } catch { Report.warning("\(error)") }
    }
  }
}
