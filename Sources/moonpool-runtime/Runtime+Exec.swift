import CLinux
import Cgroups
import ContainerRuntime
import JSON
import LinuxSystem
import OCI
import SeccompCompiler

extension Runtime {
  /// The program of an exec: a file (`--process`), or the container's own process with what the options say.
  private func process(_ record: ContainerRecord) throws -> RuntimeProcess {
    if let path = arguments.value("process") {
      do { return try JSON.decode(RuntimeProcess.self, from: try File.read(path)) } catch let error as JSONError {
        throw UsageError("\(path): \(error)")
      }
    }
    guard var process = record.spec.process else { throw UsageError("the container's configuration has no process") }
    process.args = Array(arguments.operands.dropFirst())
    guard !process.args.isEmpty else { throw UsageError("exec needs a program") }
    process.terminal = arguments.has("tty")
    process.env += arguments.options["env"] ?? []
    if let directory = arguments.value("cwd") { process.cwd = directory }
    if let user = arguments.value("user") { process.user.username = user }
    if arguments.has("no-new-privs") { process.noNewPrivileges = true }
    for capability in arguments.options["cap"] ?? [] {
      var sets = process.capabilities ?? RuntimeCapabilities()
      sets.bounding.append(capability)
      sets.effective.append(capability)
      sets.permitted.append(capability)
      process.capabilities = sets
    }
    return process
  }

  func exec(_ id: String) throws -> Int32 {
    let record = try store.load(id)
    let status = store.status(of: record)
    guard status == .running else { throw UsageError("cannot exec in container \(id): it is \(status.rawValue)") }
    let process = try process(record)
    var configuration = ExecConfiguration(containerPID: record.pid, process: process)
    if let seccomp = record.spec.linux?.seccomp {
      configuration.seccompProgram = try SeccompCompiler().compile(seccomp)
      configuration.seccompFlags = try Specification.seccompFlags(seccomp.flags)
    }
    let consoleSocket = arguments.value("console-socket")
    let detached = arguments.has("detach")
    if process.hasTerminal, detached, consoleSocket == nil {
      throw UsageError("a detached terminal needs --console-socket")
    }
    configuration.stdio =
      process.hasTerminal
      ? .terminal(
        width: UInt16(clamping: process.consoleSize?.width ?? 0),
        height: UInt16(clamping: process.consoleSize?.height ?? 0))
      : .descriptors(stdin: 0, stdout: 1, stderr: 2)
    let cgroup = Cgroup(record.cgroup, in: try .discover())
    let unified = cgroup.layout.isV2 ? try cgroup.directory()?.release() : nil
    defer { if let unified { _ = cl_close(unified) } }
    configuration.cgroup = CgroupPlacement(
      descriptor: unified, enter: { if unified == nil { try cgroup.enter() } })
    let pending = try ExecOperation.begin(configuration)
    var foreground: Int32 = -1
    do {
      try waitUntilCreated(pending, consoleSocket: consoleSocket) { foreground = $0.release() }
      try pending.start()
      try pending.wait(for: .started)
      try writePIDFile(pending.pid)
    } catch {
      _ = try? PIDDescriptor.reap(pid: pending.pid, wait: true)
      throw error
    }
    if detached { return 0 }
    return try Foreground.wait(pid: pending.pid, terminal: foreground)
  }
}
