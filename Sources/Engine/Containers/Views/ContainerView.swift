import EngineAPI

/// What clients and hooks see of a container: derived from its record, never stored.
enum ContainerView {
  static func inspect(
    _ record: ContainerRecord, network: NetworkSettings, directory: String, upper: String?, execs: [String]
  ) -> ContainerInspect {
    let arguments = (record.config.entrypoint ?? []) + (record.config.cmd ?? [])
    return ContainerInspect(
      id: record.id, created: record.created.description, path: arguments.first ?? "",
      args: Array(arguments.dropFirst()), state: state(record), image: record.image,
      resolvConfPath: "\(directory)/resolv.conf", hostnamePath: "\(directory)/hostname",
      hostsPath: "\(directory)/hosts", logPath: logPath(record, directory), name: "/" + record.name,
      restartCount: record.restartCount, driver: "overlay", platform: record.platform,
      execIDs: execs.isEmpty ? nil : execs.sorted(), hostConfig: record.hostConfig,
      graphDriver: GraphDriver(data: upper.map { ["UpperDir": $0] } ?? [:], name: "overlay"),
      mounts: record.mounts.filter { $0.kind != .tmpfs || $0.tmpfsOptions.isEmpty }.map(mountPoint),
      config: record.config, networkSettings: merged(network, record))
  }

  private static func logPath(_ record: ContainerRecord, _ directory: String) -> String {
    record.hostConfig.logConfig?.type == "none" ? "" : "\(directory)/\(record.id)-json.log"
  }

  /// The networks it will have, for a container that has none at the moment.
  private static func merged(_ network: NetworkSettings, _ record: ContainerRecord) -> NetworkSettings {
    var settings = network
    for (name, endpoint) in record.networks where settings.networks[name] == nil { settings.networks[name] = endpoint }
    return settings
  }

  static func state(_ record: ContainerRecord) -> ContainerState {
    var state = ContainerState(status: record.state.status)
    switch record.state {
    case .created(let created):
      state.exitCode = Int(created.failure?.exitCode ?? 0)
      state.error = created.failure?.message ?? ""
    case .starting(let starting):
      fill(&state, starting.previous)
    case .running(let running):
      state.running = true
      state.paused = running.paused
      state.pid = Int(running.pid)
      state.startedAt = running.startedAt.description
      state.finishedAt = (running.previousFinish ?? .zero).description
    case .exited(let exit): fill(&state, exit)
    case .restarting(let restarting):
      fill(&state, restarting.exit)
      state.running = true
      state.restarting = true
    case .removing(let removing):
      fill(&state, removing.exit)
    }
    return state
  }

  private static func fill(_ state: inout ContainerState, _ exit: RunState.Exited?) {
    guard let exit else { return }
    state.exitCode = Int(exit.code)
    state.oomKilled = exit.oomKilled
    state.error = exit.error
    state.startedAt = exit.startedAt.description
    state.finishedAt = exit.finishedAt.description
  }

  static func mountPoint(_ mount: MountRecord) -> MountPoint {
    MountPoint(
      type: mount.kind.rawValue, name: mount.name, source: mount.kind == .tmpfs ? "" : mount.source,
      destination: mount.destination, driver: mount.driver, mode: mount.kind == .tmpfs ? "" : mount.mode,
      rw: !mount.readOnly, propagation: mount.kind == .bind ? mount.propagation : "")
  }

  static func summary(_ record: ContainerRecord, network: NetworkSettings, now: Timestamp) -> ContainerSummary {
    let arguments = (record.config.entrypoint ?? []) + (record.config.cmd ?? [])
    return ContainerSummary(
      id: record.id, names: ["/" + record.name], image: record.imageReference, imageID: record.image,
      command: arguments.map { $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " "),
      created: record.created.seconds, ports: record.state.isRunning ? ports(network, record) : [],
      labels: record.config.labels ?? [:], state: record.state.status, status: status(record.state, now: now),
      hostConfig: HostSummary(networkMode: record.hostConfig.networkMode, annotations: record.hostConfig.annotations),
      networkSettings: NetworkSummary(networks: merged(network, record).networks),
      mounts: record.mounts.filter { $0.kind != .tmpfs }.map(mountPoint))
  }

  private static func ports(_ network: NetworkSettings, _ record: ContainerRecord) -> [PortSummary] {
    var names = Set(network.ports.keys)
    names.formUnion(record.config.exposedPorts?.elements ?? [])
    var ports: [PortSummary] = []
    for name in names.sorted() {
      guard let port = try? Port(name) else { continue }
      let bindings = (network.ports[name] ?? nil) ?? []
      if bindings.isEmpty {
        ports.append(PortSummary(privatePort: port.number, type: port.transport.rawValue))
      }
      for binding in bindings {
        ports.append(
          PortSummary(
            ip: binding.hostIp, privatePort: port.number, publicPort: UInt16(binding.hostPort),
            type: port.transport.rawValue))
      }
    }
    return ports
  }

  /// "Up 3 minutes (Paused)", "Exited (0) 2 hours ago".
  static func status(_ state: RunState, now: Timestamp) -> String {
    func since(_ time: Timestamp) -> String { humanDuration(seconds: max(0, now.seconds - time.seconds)) }
    switch state {
    case .created, .starting: return "Created"
    case .running(let running):
      return "Up " + since(running.startedAt) + (running.paused ? " (Paused)" : "")
    case .exited(let exit): return "Exited (\(exit.code)) \(since(exit.finishedAt)) ago"
    case .restarting(let restarting):
      return "Restarting (\(restarting.exit.code)) \(since(restarting.exit.finishedAt)) ago"
    case .removing: return "Removal In Progress"
    }
  }

  /// As the clients print durations: "Less than a second", "About a minute", "3 weeks".
  static func humanDuration(seconds: Int64) -> String {
    switch seconds {
    case ..<1: return "Less than a second"
    case 1: return "1 second"
    case ..<60: return "\(seconds) seconds"
    case ..<120: return "About a minute"
    case ..<3600: return "\(seconds / 60) minutes"
    default: break
    }
    let hours = (seconds + 1800) / 3600
    switch hours {
    case 1: return "About an hour"
    case ..<48: return "\(hours) hours"
    case ..<(24 * 14): return "\(hours / 24) days"
    case ..<(24 * 60): return "\(hours / 24 / 7) weeks"
    case ..<(24 * 365 * 2): return "\(hours / 24 / 30) months"
    default: return "\(hours / 24 / 365) years"
    }
  }
}
