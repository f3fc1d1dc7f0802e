/// The fields of events as scripts may rely on them, in the names of the Docker API. The engine gives schemas derived
/// from its own types where it has them; these stand behind them, behind the editor's stub, and behind tests that run
/// without an engine.
public enum EventSchemas {
  public static func of(_ event: EventName) -> FieldSchema {
    schemas[event] ?? commonFields
  }

  private static let schemas: [EventName: FieldSchema] = Dictionary(
    uniqueKeysWithValues: EventDefinition.all.map { event in
      var fields: [String: FieldSchema] = [:]
      for field in event.fields { fields[field.name] = schema(of: field) }
      return (event.name, FieldSchema.record(fields).merging(commonFields))
    })

  private static func schema(of field: EventDefinition.Field) -> FieldSchema {
    let names = field.type.split(separator: "|").map(String.init)
    let isOptional = names.contains("nil")
    let kinds = names.filter { $0 != "nil" }
    guard kinds.count == 1, let kind = kinds.first else { return .any }
    let schema = schema(named: kind)
    return isOptional ? .optional(schema) : schema
  }

  private static func schema(named name: String) -> FieldSchema {
    if name.hasSuffix("[]") { return .list(schema(named: String(name.dropLast(2)))) }
    switch name {
    case "string": return .string
    case "integer": return .integer
    case "number": return .number
    case "boolean": return .boolean
    default: return types[name].map { .record($0.fields) } ?? .any
    }
  }

  /// The named tables of events, in the order of the reference page.
  static let types: [String: (fields: [String: FieldSchema], order: [String])] = {
    var types: [String: (fields: [String: FieldSchema], order: [String])] = [:]
    for (name, lines) in texts {
      var fields: [String: FieldSchema] = [:]
      var order: [String] = []
      for line in lines.split(separator: "\n") {
        let parts = line.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { continue }
        let field = String(parts[0])
        fields[field] = parse(String(parts[1]), types)
        order.append(field)
      }
      types[name] = (fields, order)
    }
    if case .record(let actor) = commonFields[["actor"]] ?? .any { types["Actor"] = (actor, actor.keys.sorted()) }
    return types
  }()

  private static func parse(
    _ text: String, _ known: [String: (fields: [String: FieldSchema], order: [String])]
  ) -> FieldSchema {
    if text.hasSuffix("?") { return .optional(parse(String(text.dropLast()), known)) }
    if text.hasSuffix("[]") { return .list(parse(String(text.dropLast(2)), known)) }
    if text.hasPrefix("map<"), text.hasSuffix(">") { return .map(parse(String(text.dropFirst(4).dropLast()), known)) }
    switch text {
    case "string": return .string
    case "integer": return .integer
    case "number": return .number
    case "boolean": return .boolean
    default: return known[text].map { .record($0.fields) } ?? .any
    }
  }

  /// A type uses only those before it. `?` for a table that may be absent; scalars may always be, lists and maps are
  /// then empty.
  private static let texts: [(String, String)] = [
    (
      "Healthcheck",
      "Test string[]\nInterval integer\nTimeout integer\nRetries integer\nStartPeriod integer\nStartInterval integer"
    ),
    (
      "Config",
      """
      Hostname string
      Domainname string
      User string
      AttachStdin boolean
      AttachStdout boolean
      AttachStderr boolean
      ExposedPorts map<any>
      Tty boolean
      OpenStdin boolean
      StdinOnce boolean
      Env string[]
      Cmd string[]
      Healthcheck Healthcheck?
      ArgsEscaped boolean
      Image string
      Volumes map<any>
      WorkingDir string
      Entrypoint string[]
      NetworkDisabled boolean
      MacAddress string
      OnBuild string[]
      Labels map<string>
      StopSignal string
      StopTimeout integer
      Shell string[]
      """
    ),
    ("LogConfig", "Type string\nConfig map<string>"),
    ("RestartPolicy", "Name string\nMaximumRetryCount integer"),
    ("PortBinding", "HostIp string\nHostPort string"),
    ("Ulimit", "Name string\nSoft integer\nHard integer"),
    ("Device", "PathOnHost string\nPathInContainer string\nCgroupPermissions string"),
    (
      "DeviceRequest",
      "Driver string\nCount integer\nDeviceIDs string[]\nCapabilities any[]\nOptions map<string>"
    ),
    (
      "Mount",
      """
      Type string
      Source string
      Target string
      ReadOnly boolean
      Consistency string
      BindOptions any
      VolumeOptions any
      TmpfsOptions any
      ImageOptions any
      ClusterOptions any
      """
    ),
    (
      "HostConfig",
      """
      Binds string[]
      ContainerIDFile string
      LogConfig LogConfig
      NetworkMode string
      PortBindings map<any>
      RestartPolicy RestartPolicy
      AutoRemove boolean
      VolumeDriver string
      VolumesFrom string[]
      Mounts Mount[]
      ConsoleSize integer[]
      Annotations map<string>
      CapAdd string[]
      CapDrop string[]
      CgroupnsMode string
      Dns string[]
      DnsOptions string[]
      DnsSearch string[]
      ExtraHosts string[]
      GroupAdd string[]
      IpcMode string
      Cgroup string
      Links string[]
      OomScoreAdj integer
      PidMode string
      Privileged boolean
      PublishAllPorts boolean
      ReadonlyRootfs boolean
      SecurityOpt string[]
      StorageOpt map<string>
      Tmpfs map<string>
      UTSMode string
      UsernsMode string
      ShmSize integer
      Sysctls map<string>
      Runtime string
      Isolation string
      CpuShares integer
      Memory integer
      NanoCpus integer
      CgroupParent string
      BlkioWeight integer
      BlkioWeightDevice any[]
      BlkioDeviceReadBps any[]
      BlkioDeviceWriteBps any[]
      BlkioDeviceReadIOps any[]
      BlkioDeviceWriteIOps any[]
      CpuPeriod integer
      CpuQuota integer
      CpuRealtimePeriod integer
      CpuRealtimeRuntime integer
      CpuCount integer
      CpuPercent integer
      CpusetCpus string
      CpusetMems string
      Devices Device[]
      DeviceCgroupRules string[]
      DeviceRequests DeviceRequest[]
      KernelMemory integer
      KernelMemoryTCP integer
      MemoryReservation integer
      MemorySwap integer
      MemorySwappiness integer
      OomKillDisable boolean
      IOMaximumBandwidth integer
      IOMaximumIOps integer
      Init boolean
      PidsLimit integer
      Ulimits Ulimit[]
      MaskedPaths string[]
      ReadonlyPaths string[]
      """
    ),
    (
      "Endpoint",
      """
      IPAMConfig any
      Links string[]
      MacAddress string
      Aliases string[]
      DriverOpts map<string>
      GwPriority integer
      NetworkID string
      EndpointID string
      Gateway string
      IPAddress string
      IPPrefixLen integer
      IPv6Gateway string
      GlobalIPv6Address string
      GlobalIPv6PrefixLen integer
      DNSNames string[]
      """
    ),
    ("NetworkSettings", "Networks map<Endpoint>\nPorts map<any>\nSandboxID string\nSandboxKey string"),
    (
      "State",
      """
      Status string
      Running boolean
      Paused boolean
      Restarting boolean
      OOMKilled boolean
      Dead boolean
      Pid integer
      ExitCode integer
      Error string
      StartedAt string
      FinishedAt string
      """
    ),
    (
      "Container",
      """
      Id string
      Created string
      Path string
      Args string[]
      State State?
      Image string
      Name string
      RestartCount integer
      Driver string
      Platform string
      MountLabel string
      ProcessLabel string
      AppArmorProfile string
      ExecIDs string[]
      HostConfig HostConfig
      Mounts any[]
      Config Config
      NetworkSettings NetworkSettings
      LogPath string
      ResolvConfPath string
      HostnamePath string
      HostsPath string
      """
    ),
    (
      "Image",
      """
      Id string
      reference string
      registry string
      repository string
      tag string
      digest string
      origin string
      pulled_from string
      Config Config
      Size integer
      Labels map<string>
      last_used number
      """
    ),
    ("PullResult", "Id string\ndigest string\nbytes integer\nseconds number"),
    ("Restart", "attempt integer\nreason string"),
    ("Stop", "Signal string\nTimeout integer\nreason string"),
    (
      "Exit",
      "code integer\nsignal integer\noom boolean\nrequested boolean\nstarted number\nfinished number\nerror string"
    ),
    (
      "Exec",
      "Id string\nCmd string[]\nUser string\nEnv string[]\nTty boolean\nPrivileged boolean\nWorkingDir string"
    ),
    ("LogLine", "text string\nstream string\ntime string\npartial boolean\nattributes map<string>\ndrop boolean"),
    ("Health", "status string\nstreak integer\noutput string"),
  ]
}
