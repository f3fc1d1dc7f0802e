import Cgroups
import Drivers
import EngineAPI
import Glibc
import JSON
import LinuxSystem
import OCI
import SeccompCompiler
import ShimProtocol

/// Everything a start needs, computed and looked up before anything is touched.
struct PreparedLaunch: Sendable {
  var spec: LaunchSpec
  var network: PreparedNetwork
}

/// Turns a record into what a shim is launched with.
struct LaunchPreparer: Sendable {
  let configuration: EngineConfiguration
  /// The daemon's short id, for its cgroup subtree.
  let daemonID: String
  let networks: NetworkService
  let volumes: VolumeService
  let snapshots: SnapshotService
  let seccomp: SeccompCache
  let registry: ContainerRegistry
  let pool: BlockingPool
  let apparmorProfile: String?

  func prepare(_ record: ContainerRecord) async throws -> PreparedLaunch {
    let network = try await networks.prepare(record)
    return PreparedLaunch(spec: try await spec(record, network: network), network: network)
  }

  /// Where this daemon's containers are unless somebody says otherwise.
  var cgroupRoot: String { "/moonpool-\(daemonID)" }

  func cgroupPath(of record: ContainerRecord) -> String {
    let stated = record.hostConfig.cgroupParent.flatMap { $0.isEmpty ? nil : $0 } ?? configuration.cgroupParent
    let parent = stated ?? cgroupRoot
    return (parent.hasPrefix("/") ? parent : "/" + parent) + "/" + record.id
  }

  private func spec(_ record: ContainerRecord, network: PreparedNetwork) async throws -> LaunchSpec {
    let root = try await snapshots.mounts(container: record.id)
    let mounts = try await mounts(of: record, network: network)
    let user = try await user(of: record)
    let (devices, rules) = try await pool.run { try HostDevices.resolve(record.hostConfig) }
    let cgroup = cgroupPath(of: record)
    let input = SpecInput(
      record: record, hostName: Self.hostName(of: record), user: user, mounts: mounts, cgroupsPath: cgroup,
      joined: try await joinedNamespaces(record), devices: devices, deviceRules: rules,
      apparmorProfile: apparmorProfile, defaultShmSize: configuration.defaultShmSize,
      defaultUlimits: try configuration.defaultUlimits.map { text throws(EngineError) in
        do throws(InvalidValue) { return try Ulimit(text) } catch {
          throw EngineError(.invalidArgument, error.message)
        }
      }, hostCapabilities: HostFacts.capabilities)
    let runtime = try SpecBuilder.build(input)
    let program = try await seccompProgram(record, capabilities: runtime.process?.capabilities?.bounding ?? [])

    return LaunchSpec(
      id: record.id, runtime: runtime, rootfs: root.rootfs, rootMounts: root.mounts, seccomp: program.map(Bytes.init),
      cgroup: cgroup, stdio: stdio(record), log: try LogConfiguration.spec(record, path: logPath(record.id)),
      network: NetworkSpec(wait: network.needsWiring, dns: false),
      useInit: record.hostConfig.initProcess ?? configuration.defaultInit,
      exitFile: "\(configuration.execRoot)/containers/\(record.id)/exit",
      runDirectory: "\(configuration.execRoot)/containers/\(record.id)")
  }

  func directory(_ id: String) -> String { "\(configuration.dataRoot)/containers/\(id)" }
  func logPath(_ id: String) -> String { "\(directory(id))/\(id)-json.log" }

  static func hostName(of record: ContainerRecord) -> String {
    if !record.config.hostname.isEmpty { return record.config.hostname }
    if record.hostConfig.networkMode == "host" || record.hostConfig.utsMode == "host" { return HostFacts.hostName }
    return record.shortID
  }

  private func stdio(_ record: ContainerRecord) -> StdioSpec {
    let size = record.hostConfig.consoleSize ?? [0, 0]
    return StdioSpec(
      terminal: record.config.tty, openStdin: record.config.openStdin, stdinOnce: record.config.stdinOnce,
      width: UInt16(clamping: size.count == 2 ? size[1] : 0), height: UInt16(clamping: size.count == 2 ? size[0] : 0))
  }

  // MARK: Mounts

  private func mounts(of record: ContainerRecord, network: PreparedNetwork) async throws -> [RuntimeMount] {
    var mounts: [RuntimeMount] = []
    for mount in record.mounts {
      switch mount.kind {
      case .tmpfs: mounts.append(SpecMounts.runtimeMount(mount))
      case .volume: mounts += try await volumes.acquire(mount, container: record)
      case .bind:
        try await pool.run { try Self.checkBind(mount) }
        mounts.append(SpecMounts.runtimeMount(mount))
      }
    }
    let taken = Set(record.mounts.map(\.destination))
    for (destination, path) in try await writeNetworkFiles(record, network) where !taken.contains(destination) {
      let access = record.hostConfig.readonlyRootfs ?? false ? "ro" : "rw"
      mounts.append(
        RuntimeMount(destination: destination, type: "bind", source: path, options: ["rbind", access, "rprivate"]))
    }
    return mounts
  }

  static func checkBind(_ mount: MountRecord) throws {
    guard !FileStatus.exists(mount.source) else { return }
    guard mount.createSource else {
      throw EngineError(
        .invalidArgument,
        "invalid mount config for type \"bind\": bind source path does not exist: \(mount.source)")
    }
    do {
      try Directory.makeAll(mount.source)
    } catch {
      throw EngineError(
        .internalError, "error while creating mount source path '\(mount.source)': \(error)", cause: error)
    }
  }

  /// /etc/hosts, /etc/hostname and /etc/resolv.conf live beside the container and are bound over the image's.
  private func writeNetworkFiles(
    _ record: ContainerRecord, _ network: PreparedNetwork
  ) async throws -> [(destination: String, path: String)] {
    if let target = SpecNamespaces.target(record.hostConfig.networkMode) {
      let other = try registry.find(target).id
      return ["hosts", "hostname", "resolv.conf"].map { ("/etc/\($0)", "\(self.directory(other))/\($0)") }
    }
    let directory = self.directory(record.id)
    let hostName = Array((Self.hostName(of: record) + "\n").utf8)
    let hosts = network.hosts
    let resolver = network.resolvConf
    return try await pool.run {
      try Directory.makeAll(directory, mode: 0o710)
      var files = [("/etc/hostname", "\(directory)/hostname")]
      try Self.rewrite("\(directory)/hostname", hostName)
      for (name, content) in [("hosts", hosts), ("resolv.conf", resolver)] {
        guard let content else {
          if FileStatus.exists("/etc/\(name)") { files.append(("/etc/\(name)", "/etc/\(name)")) }
          continue
        }
        try Self.rewrite("\(directory)/\(name)", content)
        files.append(("/etc/\(name)", "\(directory)/\(name)"))
      }
      return files
    }
  }

  /// Written in place where the file exists: a container in this one's network namespace has it bound.
  private static func rewrite(_ path: String, _ content: [UInt8]) throws {
    let file = try OwnedDescriptor.open(path, [.writeOnly, .create, .truncate, .noFollow], mode: 0o644)
    try file.writeAll(content)
  }

  // MARK: Lookups

  func user(of record: ContainerRecord) async throws -> UserLookup.Identity {
    var layers = snapshots.parents(container: record.id).map(\.path)
    if let upper = snapshots.upper(container: record.id) { layers.insert(upper, at: 0) }
    let root = LayeredRoot(layers: layers)
    let groups = record.hostConfig.groupAdd ?? []
    return try await pool.run {
      try UserResolver.resolve(record.config.user, additionalGroups: groups, in: root)
    }
  }

  private func joinedNamespaces(_ record: ContainerRecord) async throws -> [RuntimeNamespaceKind: String] {
    let host = record.hostConfig
    var joined: [RuntimeNamespaceKind: String] = [:]
    let modes: [(RuntimeNamespaceKind, String, String?)] = [
      (.network, "net", host.networkMode), (.pid, "pid", host.pidMode), (.ipc, "ipc", host.ipcMode),
    ]
    for (kind, file, mode) in modes {
      guard let target = SpecNamespaces.target(mode) else { continue }
      let container = try registry.find(target)
      guard let running = await container.state.running else {
        throw EngineError(
          .conflict,
          "cannot join namespace of a non running container: container \(target) is \(await container.state.status)")
      }
      joined[kind] = "/proc/\(running.pid)/ns/\(file)"
      // A shared network namespace comes with its host name.
      if kind == .network, host.utsMode != "host" { joined[.uts] = "/proc/\(running.pid)/ns/uts" }
    }
    return joined
  }

  func seccompProgram(_ record: ContainerRecord, capabilities: [String]) async throws -> [UInt8]? {
    let security = try SecurityOptions(record.hostConfig.securityOpt ?? [])
    return try await seccomp.program(
      for: security.seccomp, privileged: record.hostConfig.privileged ?? false, capabilities: capabilities)
  }
}
