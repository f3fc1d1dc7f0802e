public import EngineAPI
import Glibc
import JSON
import LinuxSystem
import OCI
import ShimProtocol

/// Further programs in running containers.
public final class ExecService: Sendable {
  private let context: ContainerContext
  private let registry: ContainerRegistry
  private let images: ImageService

  init(context: ContainerContext, registry: ContainerRegistry, images: ImageService) {
    self.context = context
    self.registry = registry
    self.images = images
  }

  public func create(container reference: String, _ config: ExecConfig, caller: Caller) async throws
    -> ExecCreateResponse
  {
    let container = try registry.find(reference)
    let record = await container.record
    try checkRunning(record, reference)
    guard !(config.cmd ?? []).isEmpty else { throw EngineError(.invalidArgument, "No exec command specified") }
    if !config.workingDir.isEmpty, !config.workingDir.hasPrefix("/") {
      throw EngineError(.invalidArgument, "the working directory '\(config.workingDir)' must be an absolute path")
    }
    let id = RandomID.make()
    // What counts is asked when it starts. It is asked here too, where a client prints the reason of a denial: the start
    // is an upgraded connection, of whose refusal Docker's client shows the status alone. Nothing in a gate acts.
    _ = try await context.policy.exec(config, id: id, container: record, createdBy: caller, caller: caller)
    context.execs.add(
      .init(id: id, containerID: container.id, config: config, createdBy: caller, state: .created))
    await container.addExec(id)
    context.publisher.announce(
      "exec_create: \((config.cmd ?? []).joined(separator: " "))", container: record, ["execID": id])
    return ExecCreateResponse(id: id)
  }

  private func checkRunning(_ record: ContainerRecord, _ reference: String) throws(EngineError) {
    guard let running = record.state.running else {
      if record.state.status == "restarting" {
        throw EngineError(.conflict, "Container \(reference) is restarting, wait until the container is running")
      }
      throw EngineError(.conflict, "container \(record.id) is not running")
    }
    guard !running.paused else {
      throw EngineError(.conflict, "Container \(reference) is paused, unpause the container before exec")
    }
  }

  /// Starts the program. The stream is nil for a detached one. What keeps the program from running is said in the
  /// stream, and its exit code is 126 or 127, as clients know it.
  public func start(_ id: String, _ options: ExecStartConfig, caller: Caller) async throws -> AttachedStream? {
    let known = try context.execs.find(id)
    guard let container = context.execs.container(known.containerID) else {
      throw EngineError.noSuchContainer(known.containerID)
    }
    let record = await container.record
    try checkRunning(record, record.name)
    let entry = try context.execs.beginStart(id)
    do {
      let config = try await context.policy.exec(
        entry.config, id: id, container: record, createdBy: entry.createdBy, caller: caller)
      return try await run(entry, config, options, in: container, record)
    } catch {
      context.execs.set(.exited(code: 126), for: id)
      await container.removeExec(id)
      throw error
    }
  }

  private func run(
    _ entry: ExecRegistry.Entry, _ config: ExecConfig, _ options: ExecStartConfig, in container: Container,
    _ record: ContainerRecord
  ) async throws -> AttachedStream? {
    let size = options.consoleSize ?? config.consoleSize ?? [0, 0]
    var spec = ExecSpec(id: entry.id, process: try await process(config, record), terminal: config.tty)
    spec.width = UInt16(clamping: size.count == 2 ? size[1] : 0)
    spec.height = UInt16(clamping: size.count == 2 ? size[0] : 0)
    spec.openStdin = config.attachStdin && !options.detach
    let program = try await context.launches.seccompProgram(
      record, capabilities: spec.process.capabilities?.bounding ?? [])
    spec.seccomp = config.privileged ? nil : program.map(Bytes.init)

    guard !options.detach else {
      try await begin(spec, config, in: container, record, descriptors: [])
      return nil
    }
    let (client, engine) = try StreamPair.make()
    spec.attach = AttachFlags(
      stdin: config.attachStdin, stdout: config.attachStdout, stderr: config.attachStderr, raw: config.tty)
    let prepared = spec
    return AttachedStream(descriptor: client, terminal: config.tty) { [self] in
      let descriptor = engine.take()
      defer { close(descriptor) }
      do {
        // The shim's copy ends with the program; this one stays to say why there was none.
        try await begin(prepared, config, in: container, record, descriptors: [descriptor])
      } catch {
        StreamPair.write(Self.frame("\(EngineError.wrap(error))\r\n", raw: config.tty), to: descriptor)
      }
    }
  }

  private func begin(
    _ spec: ExecSpec, _ config: ExecConfig, in container: Container, _ record: ContainerRecord, descriptors: [Int32]
  ) async throws {
    context.publisher.announce(
      "exec_start: \((config.cmd ?? []).joined(separator: " "))", container: record, ["execID": spec.id],
      extra: ["exec": ["Id": .string(spec.id), "Cmd": .array((config.cmd ?? []).map { .string($0) })]])
    do {
      let answer = try await container.connection().request(.exec(spec), descriptors: descriptors)
      if case .exec(let started) = answer.response { context.execs.set(.running(pid: started.pid), for: spec.id) }
    } catch {
      let code: Int32 = (error as? ShimProtocolError)?.code == .commandNotFound ? 127 : 126
      context.execs.set(.exited(code: code), for: spec.id)
      await container.removeExec(spec.id)
      throw EngineError(
        .invalidArgument, "OCI runtime exec failed: exec failed: unable to start container process: \(error)",
        cause: error)
    }
  }

  /// A message in the client's stream; it fits any socket's buffer.
  private static func frame(_ text: String, raw: Bool) -> [UInt8] {
    let bytes = Array(text.utf8)
    guard !raw else { return bytes }
    let length = UInt32(bytes.count)
    return [1, 0, 0, 0] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> UInt32($0)) } + bytes
  }

  private func process(_ config: ExecConfig, _ record: ContainerRecord) async throws -> RuntimeProcess {
    let host = record.hostConfig
    let user = try await user(config, record)
    let security = try SecurityOptions(host.securityOpt ?? [])
    let privileged = (host.privileged ?? false) || config.privileged
    var process = RuntimeProcess(args: config.cmd ?? [])
    process.terminal = config.tty
    process.cwd =
      config.workingDir.isEmpty
      ? (record.config.workingDir.isEmpty ? "/" : record.config.workingDir) : config.workingDir
    process.env = SpecBuilder.environment(
      stated: ImageDefaults.mergeEnvironment(record.config.env ?? [], config.env ?? []),
      hostName: LaunchPreparer.hostName(of: record), terminal: config.tty, home: user.home)
    process.user = RuntimeUser(uid: user.uid, gid: user.gid, additionalGids: user.supplementaryGroups)
    process.capabilities = try SpecCapabilities.build(
      add: host.capAdd ?? [], drop: host.capDrop ?? [], privileged: privileged, isRoot: user.uid == 0,
      all: HostFacts.capabilities)
    process.noNewPrivileges = security.noNewPrivileges
    process.apparmorProfile = SpecBuilder.apparmor(
      context.launches.apparmorProfile, security: security, privileged: privileged)
    process.oomScoreAdj = host.oomScoreAdj
    return process
  }

  private func user(_ config: ExecConfig, _ record: ContainerRecord) async throws -> UserLookup.Identity {
    var changed = record
    if !config.user.isEmpty { changed.config.user = config.user }
    return try await context.launches.user(of: changed)
  }

  /// The exec as it is now. A client that has seen the end of the stream asks for the exit code at once, and the shim's
  /// word of it may still be on its way: an answer of the shim comes behind it.
  private func settled(_ id: String) async throws -> ExecRegistry.Entry {
    let entry = try context.execs.find(id)
    switch entry.state {
    case .created, .exited: return entry
    case .starting, .running: break
    }
    guard let container = context.execs.container(entry.containerID),
      let connection = try? await container.connection(),
      case .state(let state)? = try? await connection.request(.state).response
    else { return entry }
    if let exit = state.execs.first(where: { $0.id == id })?.exit {
      context.execs.set(.exited(code: exit.code), for: id)
    }
    return try context.execs.find(id)
  }

  public func resize(_ id: String, width: UInt16, height: UInt16) async throws {
    let entry = try context.execs.find(id)
    guard case .running = entry.state, let container = context.execs.container(entry.containerID) else {
      throw EngineError(.conflict, "exec instance \(id) is not running")
    }
    _ = try await container.connection().request(.resize(.init(exec: id, width: width, height: height)))
  }

  public func inspect(_ id: String) async throws -> ExecInspect {
    let entry = try await settled(id)
    let command = entry.config.cmd ?? []
    var view = ExecInspect(
      id: id,
      processConfig: ExecProcess(
        tty: entry.config.tty, entrypoint: command.first ?? "", arguments: Array(command.dropFirst()),
        privileged: entry.config.privileged, user: entry.config.user.isEmpty ? nil : entry.config.user),
      openStdin: entry.config.attachStdin, openStderr: entry.config.attachStderr,
      openStdout: entry.config.attachStdout, containerID: entry.containerID, detachKeys: entry.config.detachKeys)
    switch entry.state {
    case .created: break
    case .starting: view.running = true
    case .running(let pid):
      view.running = true
      view.pid = Int(pid)
    case .exited(let code):
      view.exitCode = Int(code)
      view.canRemove = true
    }
    return view
  }
}
