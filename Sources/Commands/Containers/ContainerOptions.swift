internal import EngineAPI
internal import JSON

/// A command line of `create` or `run` as the request it stands for. Pure: nothing is asked and nothing is written.
struct ContainerOptions {
  var request: ContainerCreateRequest
  var name: String?
  var platform: String?
  /// `always`, `missing` or `never`.
  var pull: String
  var cidFile: String?
  /// In addition to the first one, which the request names: networks to connect before the start.
  var image: String { request.config.image }

  init(_ flags: ParsedFlags, _ surroundings: Surroundings) throws {
    var builder = Builder(flags: flags, surroundings: surroundings)
    try builder.build()
    request = builder.request
    name = flags.isSet("name") ? flags.string("name") : nil
    platform = flags.isSet("platform") ? flags.string("platform") : nil
    cidFile = flags.isSet("cidfile") ? flags.string("cidfile") : nil
    pull = flags.string("pull")
    guard ["always", "missing", "never"].contains(pull) else {
      throw UsageError("invalid pull option: '\(pull)': must be one of \"always\", \"missing\" or \"never\"")
    }
  }

  private struct Builder {
    let flags: ParsedFlags
    let surroundings: Surroundings
    var request = ContainerCreateRequest()

    private func given(_ name: String) -> String? { flags.isSet(name) ? flags.string(name) : nil }
    private func some(_ name: String) -> [String]? { flags.isSet(name) ? flags.list(name) : nil }
    private func int(_ name: String) -> Int64? { flags.isSet(name) ? flags.int(name) : nil }
    private func bytes(_ name: String) throws -> Int64? {
      guard let text = given(name) else { return nil }
      return text == "-1" ? -1 : try ByteSize.parse(text)
    }
    private func nanoseconds(_ name: String) throws -> Int64? { try given(name).map { try GoDuration.parse($0) } }

    mutating func build() throws {
      try buildConfig()
      try buildHost()
      try buildResources()
      try buildMounts()
      try buildPorts()
      try buildNetworks()
    }

    private mutating func buildConfig() throws {
      var config = ContainerConfig()
      config.image = flags.arguments.first ?? ""
      config.cmd = flags.arguments.count > 1 ? Array(flags.arguments.dropFirst()) : nil
      config.hostname = flags.string("hostname")
      config.domainname = flags.string("domainname")
      config.user = flags.string("user")
      config.workingDir = flags.string("workdir")
      config.tty = flags.bool("tty")
      config.openStdin = flags.bool("interactive")
      config.entrypoint = given("entrypoint").map { [$0] }
      config.labels = try KeyValueFiles.labels(
        flags.list("label"), files: flags.list("label-file"), surroundings)
      let environment = try KeyValueFiles.environment(flags.list("env"), files: flags.list("env-file"), surroundings)
      config.env = environment.isEmpty ? nil : environment
      config.stopSignal = given("stop-signal")
      config.stopTimeout = int("stop-timeout").map(Int.init)
      config.healthcheck = try healthcheck()
      let attached = Set(flags.list("attach").map { $0.lowercased() })
      for stream in attached where !["stdin", "stdout", "stderr"].contains(stream) {
        throw UsageError(
          "invalid argument \"\(stream)\" for \"-a, --attach\" flag: valid streams are STDIN, STDOUT and STDERR")
      }
      let isStandard = attached.isEmpty
      config.attachStdin = isStandard ? config.openStdin : attached.contains("stdin")
      config.attachStdout = isStandard || attached.contains("stdout")
      config.attachStderr = isStandard || attached.contains("stderr")
      config.stdinOnce = config.openStdin && config.attachStdin
      request.config = config
    }

    private func healthcheck() throws -> HealthConfig? {
      if flags.bool("no-healthcheck") {
        guard !["health-cmd", "health-interval", "health-retries"].contains(where: flags.isSet) else {
          throw UsageError("--no-healthcheck conflicts with --health-* options")
        }
        return HealthConfig(test: ["NONE"])
      }
      let health = HealthConfig(
        test: given("health-cmd").flatMap { $0.isEmpty ? nil : ["CMD-SHELL", $0] },
        interval: try nanoseconds("health-interval"), timeout: try nanoseconds("health-timeout"),
        startPeriod: try nanoseconds("health-start-period"), startInterval: try nanoseconds("health-start-interval"),
        retries: int("health-retries").map(Int.init))
      return health == HealthConfig() ? nil : health
    }

    private mutating func buildHost() throws {
      var host = HostConfig()
      host.containerIDFile = given("cidfile")
      host.privileged = flags.bool("privileged")
      host.readonlyRootfs = flags.bool("read-only")
      host.autoRemove = flags.bool("rm")
      host.initProcess = flags.isSet("init") ? flags.bool("init") : nil
      host.restartPolicy = try restartPolicy(flags.string("restart"))
      if flags.bool("rm"), flags.isSet("restart"), flags.string("restart") != "no" {
        throw UsageError("conflicting options: cannot specify both --restart and --rm")
      }
      (host.capAdd, host.capDrop) = CapabilityFlags.effective(
        add: flags.list("cap-add"), drop: flags.list("cap-drop"))
      host.groupAdd = some("group-add")
      host.dns = some("dns")
      host.dnsOptions = some("dns-option")
      host.dnsSearch = some("dns-search")
      host.extraHosts = try some("add-host")?.map(extraHost)
      host.links = some("link")
      host.ipcMode = given("ipc")
      host.pidMode = given("pid")
      host.utsMode = given("uts")
      host.usernsMode = given("userns")
      host.cgroupnsMode = given("cgroupns")
      host.cgroupParent = given("cgroup-parent")
      host.runtime = given("runtime")
      host.isolation = given("isolation")
      host.shmSize = try bytes("shm-size")
      host.oomScoreAdj = int("oom-score-adj").map(Int.init)
      host.securityOpt = try some("security-opt")?.map(securityOption)
      host.annotations = try KeyValueFiles.map(flags.list("annotation"), "annotation")
      host.sysctls = try KeyValueFiles.map(flags.list("sysctl"), "sysctl")
      host.storageOpt = try KeyValueFiles.map(flags.list("storage-opt"), "storage option")
      host.logConfig = LogConfig(
        type: flags.string("log-driver"), config: try KeyValueFiles.map(flags.list("log-opt"), "logging opts"))
      if flags.string("log-driver") == "none", flags.isSet("log-opt") {
        throw UsageError("invalid logging opts for driver none")
      }
      if flags.bool("tty"), let size = surroundings.terminal { host.consoleSize = [size.rows, size.columns] }
      request.hostConfig = host
    }

    private func extraHost(_ text: String) throws -> String {
      // `name=address` and `name:address`; an IPv6 address may stand in brackets.
      let separator = text.firstIndex { $0 == "=" || $0 == ":" }
      guard let separator, separator != text.startIndex else {
        throw UsageError("bad format for add-host: \"\(text)\"")
      }
      var address = text[text.index(after: separator)...]
      if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
      guard !address.isEmpty else { throw UsageError("invalid IP address in add-host: \"\"") }
      return "\(text[..<separator]):\(address)"
    }

    private func restartPolicy(_ text: String) throws -> RestartPolicy {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      var policy = RestartPolicy(name: parts.first ?? "")
      if parts.count == 2 {
        guard !policy.name.isEmpty else {
          throw UsageError("invalid restart policy format: no policy provided before colon")
        }
        guard let count = Int(parts[1]) else {
          throw UsageError("invalid restart policy format: maximum retry count must be an integer")
        }
        policy.maximumRetryCount = count
      }
      return policy
    }

    /// A seccomp profile travels by content: the daemon may be on another machine.
    private func securityOption(_ text: String) throws -> String {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 1, text != "no-new-privileges" {
        guard text.contains(":") else { throw UsageError("invalid --security-opt: \"\(text)\"") }
        return text
      }
      guard parts.count == 2, parts[0] == "seccomp", parts[1] != "unconfined", parts[1] != "builtin" else {
        return text
      }
      let profile = try surroundings.readFile(String(parts[1]))
      do {
        return "seccomp=" + JSON.text(try JSON.parse(profile))
      } catch {
        throw CommandFailure("compacting json for seccomp profile failed: \(error)")
      }
    }

    private mutating func buildResources() throws {
      request.hostConfig.memory = try bytes("memory")
      request.hostConfig.memorySwap = try bytes("memory-swap")
      request.hostConfig.memoryReservation = try bytes("memory-reservation")
      request.hostConfig.memorySwappiness = int("memory-swappiness")
      request.hostConfig.oomKillDisable = flags.isSet("oom-kill-disable") ? flags.bool("oom-kill-disable") : nil
      request.hostConfig.nanoCPUs = given("cpus").flatMap(Flag.nanoCPUs)
      request.hostConfig.cpuShares = int("cpu-shares")
      request.hostConfig.cpuPeriod = int("cpu-period")
      request.hostConfig.cpuQuota = int("cpu-quota")
      request.hostConfig.cpuRealtimePeriod = int("cpu-rt-period")
      request.hostConfig.cpuRealtimeRuntime = int("cpu-rt-runtime")
      request.hostConfig.cpusetCpus = given("cpuset-cpus")
      request.hostConfig.cpusetMems = given("cpuset-mems")
      request.hostConfig.pidsLimit = int("pids-limit")
      request.hostConfig.blkioWeight = int("blkio-weight").map(Int.init)
      request.hostConfig.blkioWeightDevice = try some("blkio-weight-device")?.map { text in
        let (path, value) = try DeviceFlags.pair(text)
        guard let weight = Int(value) else { throw UsageError("invalid weight for device: \(text)") }
        return WeightDevice(path: path, weight: weight)
      }
      request.hostConfig.blkioDeviceReadBps = try some("device-read-bps")?.map(DeviceFlags.bytesPerSecond)
      request.hostConfig.blkioDeviceWriteBps = try some("device-write-bps")?.map(DeviceFlags.bytesPerSecond)
      request.hostConfig.blkioDeviceReadIOps = try some("device-read-iops")?.map(DeviceFlags.operationsPerSecond)
      request.hostConfig.blkioDeviceWriteIOps = try some("device-write-iops")?.map(DeviceFlags.operationsPerSecond)
      request.hostConfig.deviceCgroupRules = some("device-cgroup-rule")
      request.hostConfig.devices = try some("device")?.map(DeviceFlags.mapping)
      request.hostConfig.deviceRequests = try given("gpus").map { [try DeviceFlags.gpus($0)] }
      // A later limit of the same name replaces an earlier one.
      var limits: [String: Ulimit] = [:]
      for text in flags.list("ulimit") {
        let limit = try Ulimit(text)
        limits[limit.name] = limit
      }
      request.hostConfig.ulimits = limits.isEmpty ? nil : limits.values.sorted { $0.name < $1.name }
    }

    private mutating func buildMounts() throws {
      var binds: [String] = []
      var anonymous = ObjectSet()
      for text in flags.list("volume") {
        guard let colon = text.firstIndex(of: ":") else {
          anonymous.insert(text)
          continue
        }
        let source = String(text[..<colon])
        // Only what begins with a dot is a path relative to here; anything else is a volume's name.
        binds.append(source.hasPrefix(".") ? cleanPath(surroundings.absolute(source)) + text[colon...] : text)
      }
      request.hostConfig.binds = binds.isEmpty ? nil : binds
      request.config.volumes = anonymous.isEmpty ? nil : anonymous
      var tmpfs: [String: String] = [:]
      for text in flags.list("tmpfs") {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        tmpfs[parts[0]] = parts.count == 2 ? parts[1] : ""
      }
      request.hostConfig.tmpfs = tmpfs.isEmpty ? nil : tmpfs
      request.hostConfig.mounts = try some("mount")?.map { try MountFlag.parse($0, surroundings) }
      request.hostConfig.volumesFrom = some("volumes-from")
      request.hostConfig.volumeDriver = given("volume-driver")
    }

    private mutating func buildPorts() throws {
      var exposed = ObjectSet()
      var bindings = PortMap()
      for text in flags.list("publish") {
        for (port, binding) in try PublishFlag.parse(text) {
          exposed.insert(port)
          bindings[port] = (bindings[port] ?? []).map { $0 + [binding] } ?? [binding]
        }
      }
      for text in flags.list("expose") {
        guard !text.contains(":") else { throw UsageError("invalid port format for --expose: \(text)") }
        for port in try PublishFlag.ports(text) { exposed.insert(port) }
      }
      request.config.exposedPorts = exposed.isEmpty ? nil : exposed
      request.hostConfig.portBindings = bindings.isEmpty ? nil : bindings
      request.hostConfig.publishAllPorts = flags.bool("publish-all")
    }

    private mutating func buildNetworks() throws {
      let networks = try flags.list("network").map(NetworkFlag.init)
      let first = networks.first?.name ?? "default"
      request.hostConfig.networkMode = first
      var endpoints: [String: EndpointSettings] = [:]
      for (index, network) in networks.enumerated() {
        guard index == 0 || !["host", "none", "default", "bridge"].contains(network.name) || networks.count == 1 else {
          throw UsageError(
            "conflicting options: cannot attach both user-defined and non-user-defined network-modes")
        }
        guard endpoints[network.name] == nil else {
          throw UsageError("network \"\(network.name)\" is specified multiple times")
        }
        endpoints[network.name] = network.endpoint
      }
      var endpoint = endpoints[first] ?? EndpointSettings()
      if flags.isSet("network-alias") { endpoint.aliases = (endpoint.aliases ?? []) + flags.list("network-alias") }
      if flags.isSet("ip") || flags.isSet("ip6") || flags.isSet("link-local-ip") {
        endpoint.ipamConfig = EndpointIPAMConfig(
          ipv4Address: given("ip"), ipv6Address: given("ip6"), linkLocalIPs: some("link-local-ip"))
      }
      if let mac = given("mac-address") { endpoint.macAddress = mac }
      if flags.isSet("link"), !["default", "bridge", "host", "none"].contains(first), !first.hasPrefix("container:") {
        endpoint.links = flags.list("link")
      }
      endpoints[first] = endpoint
      request.networkingConfig.endpointsConfig =
        first == "none" || first == "host" || first.hasPrefix("container:") ? nil : endpoints
    }
  }
}
