/// What a container takes from its machine: resources, mounts, namespaces, privileges. Every field is optional: nil
/// is "not stated". Inspect shows ``HostConfig/filled()``.
public struct HostConfig: Codable, Sendable, Hashable, ZeroValue {
  /// `source:target[:options]`: see ``BindSpecification``.
  public var binds: [String]?
  public var containerIDFile: String?
  public var logConfig: LogConfig?
  /// `default`, `bridge`, `host`, `none`, `container:ID` or a network's name.
  public var networkMode: String?
  /// Published ports by `port/protocol`.
  public var portBindings: PortMap?
  public var restartPolicy: RestartPolicy?
  public var autoRemove: Bool?
  public var volumeDriver: String?
  /// `container[:ro|rw]`.
  public var volumesFrom: [String]?
  /// Height and width of the first terminal.
  public var consoleSize: [Int]?
  public var annotations: [String: String]?
  public var capAdd: [String]?
  public var capDrop: [String]?
  /// `private` or `host`.
  public var cgroupnsMode: String?
  public var dns: [String]?
  public var dnsOptions: [String]?
  public var dnsSearch: [String]?
  /// `name:address`.
  public var extraHosts: [String]?
  public var groupAdd: [String]?
  /// `none`, `private`, `shareable`, `container:ID` or `host`.
  public var ipcMode: String?
  public var cgroup: String?
  public var links: [String]?
  public var oomScoreAdj: Int?
  /// empty, `container:ID` or `host`.
  public var pidMode: String?
  public var privileged: Bool?
  public var publishAllPorts: Bool?
  public var readonlyRootfs: Bool?
  /// `seccomp=…`, `apparmor=…`, `no-new-privileges`, `systempaths=unconfined`, …
  public var securityOpt: [String]?
  public var storageOpt: [String: String]?
  /// Mount options by target path.
  public var tmpfs: [String: String]?
  public var utsMode: String?
  public var usernsMode: String?
  /// Bytes of /dev/shm; nil or 0: 64 MiB.
  public var shmSize: Int64?
  public var sysctls: [String: String]?
  public var runtime: String?
  public var isolation: String?
  public var cpuShares: Int64?
  /// Bytes; 0 is unlimited.
  public var memory: Int64?
  /// Billionths of a CPU.
  public var nanoCPUs: Int64?
  public var cgroupParent: String?
  public var blkioWeight: Int?
  public var blkioWeightDevice: [WeightDevice]?
  public var blkioDeviceReadBps: [ThrottleDevice]?
  public var blkioDeviceWriteBps: [ThrottleDevice]?
  public var blkioDeviceReadIOps: [ThrottleDevice]?
  public var blkioDeviceWriteIOps: [ThrottleDevice]?
  /// Microseconds.
  public var cpuPeriod: Int64?
  /// Microseconds in each period.
  public var cpuQuota: Int64?
  public var cpuRealtimePeriod: Int64?
  public var cpuRealtimeRuntime: Int64?
  /// A list such as `0-2,7`.
  public var cpusetCpus: String?
  public var cpusetMems: String?
  public var devices: [DeviceMapping]?
  /// `c 13:* rwm`.
  public var deviceCgroupRules: [String]?
  public var deviceRequests: [DeviceRequest]?
  public var kernelMemory: Int64?
  public var kernelMemoryTCP: Int64?
  public var memoryReservation: Int64?
  /// Memory and swap together in bytes; −1 is unlimited swap.
  public var memorySwap: Int64?
  /// 0 to 100; nil or −1: the machine's.
  public var memorySwappiness: Int64?
  public var oomKillDisable: Bool?
  /// nil, 0 or −1: unlimited.
  public var pidsLimit: Int64?
  public var ulimits: [Ulimit]?
  public var cpuCount: Int64?
  public var cpuPercent: Int64?
  public var ioMaximumIOps: Int64?
  public var ioMaximumBandwidth: Int64?
  public var mounts: [Mount]?
  /// nil: the default list; empty: none.
  public var maskedPaths: [String]?
  /// nil: the default list; empty: none.
  public var readonlyPaths: [String]?
  /// nil: the daemon's default.
  public var initProcess: Bool?

  public init(
    binds: [String]? = nil, containerIDFile: String? = nil, logConfig: LogConfig? = nil, networkMode: String? = nil,
    portBindings: PortMap? = nil, restartPolicy: RestartPolicy? = nil, autoRemove: Bool? = nil,
    volumeDriver: String? = nil, volumesFrom: [String]? = nil, consoleSize: [Int]? = nil,
    annotations: [String: String]? = nil, capAdd: [String]? = nil, capDrop: [String]? = nil,
    cgroupnsMode: String? = nil, dns: [String]? = nil, dnsOptions: [String]? = nil, dnsSearch: [String]? = nil,
    extraHosts: [String]? = nil, groupAdd: [String]? = nil, ipcMode: String? = nil, cgroup: String? = nil,
    links: [String]? = nil, oomScoreAdj: Int? = nil, pidMode: String? = nil, privileged: Bool? = nil,
    publishAllPorts: Bool? = nil, readonlyRootfs: Bool? = nil, securityOpt: [String]? = nil,
    storageOpt: [String: String]? = nil, tmpfs: [String: String]? = nil, utsMode: String? = nil,
    usernsMode: String? = nil, shmSize: Int64? = nil, sysctls: [String: String]? = nil, runtime: String? = nil,
    isolation: String? = nil, cpuShares: Int64? = nil, memory: Int64? = nil, nanoCPUs: Int64? = nil,
    cgroupParent: String? = nil, blkioWeight: Int? = nil, blkioWeightDevice: [WeightDevice]? = nil,
    blkioDeviceReadBps: [ThrottleDevice]? = nil, blkioDeviceWriteBps: [ThrottleDevice]? = nil,
    blkioDeviceReadIOps: [ThrottleDevice]? = nil, blkioDeviceWriteIOps: [ThrottleDevice]? = nil,
    cpuPeriod: Int64? = nil, cpuQuota: Int64? = nil, cpuRealtimePeriod: Int64? = nil,
    cpuRealtimeRuntime: Int64? = nil, cpusetCpus: String? = nil, cpusetMems: String? = nil,
    devices: [DeviceMapping]? = nil, deviceCgroupRules: [String]? = nil, deviceRequests: [DeviceRequest]? = nil,
    kernelMemory: Int64? = nil, kernelMemoryTCP: Int64? = nil, memoryReservation: Int64? = nil,
    memorySwap: Int64? = nil, memorySwappiness: Int64? = nil, oomKillDisable: Bool? = nil, pidsLimit: Int64? = nil,
    ulimits: [Ulimit]? = nil, cpuCount: Int64? = nil, cpuPercent: Int64? = nil, ioMaximumIOps: Int64? = nil,
    ioMaximumBandwidth: Int64? = nil, mounts: [Mount]? = nil, maskedPaths: [String]? = nil,
    readonlyPaths: [String]? = nil, initProcess: Bool? = nil
  ) {
    self.binds = binds
    self.containerIDFile = containerIDFile
    self.logConfig = logConfig
    self.networkMode = networkMode
    self.portBindings = portBindings
    self.restartPolicy = restartPolicy
    self.autoRemove = autoRemove
    self.volumeDriver = volumeDriver
    self.volumesFrom = volumesFrom
    self.consoleSize = consoleSize
    self.annotations = annotations
    self.capAdd = capAdd
    self.capDrop = capDrop
    self.cgroupnsMode = cgroupnsMode
    self.dns = dns
    self.dnsOptions = dnsOptions
    self.dnsSearch = dnsSearch
    self.extraHosts = extraHosts
    self.groupAdd = groupAdd
    self.ipcMode = ipcMode
    self.cgroup = cgroup
    self.links = links
    self.oomScoreAdj = oomScoreAdj
    self.pidMode = pidMode
    self.privileged = privileged
    self.publishAllPorts = publishAllPorts
    self.readonlyRootfs = readonlyRootfs
    self.securityOpt = securityOpt
    self.storageOpt = storageOpt
    self.tmpfs = tmpfs
    self.utsMode = utsMode
    self.usernsMode = usernsMode
    self.shmSize = shmSize
    self.sysctls = sysctls
    self.runtime = runtime
    self.isolation = isolation
    self.cpuShares = cpuShares
    self.memory = memory
    self.nanoCPUs = nanoCPUs
    self.cgroupParent = cgroupParent
    self.blkioWeight = blkioWeight
    self.blkioWeightDevice = blkioWeightDevice
    self.blkioDeviceReadBps = blkioDeviceReadBps
    self.blkioDeviceWriteBps = blkioDeviceWriteBps
    self.blkioDeviceReadIOps = blkioDeviceReadIOps
    self.blkioDeviceWriteIOps = blkioDeviceWriteIOps
    self.cpuPeriod = cpuPeriod
    self.cpuQuota = cpuQuota
    self.cpuRealtimePeriod = cpuRealtimePeriod
    self.cpuRealtimeRuntime = cpuRealtimeRuntime
    self.cpusetCpus = cpusetCpus
    self.cpusetMems = cpusetMems
    self.devices = devices
    self.deviceCgroupRules = deviceCgroupRules
    self.deviceRequests = deviceRequests
    self.kernelMemory = kernelMemory
    self.kernelMemoryTCP = kernelMemoryTCP
    self.memoryReservation = memoryReservation
    self.memorySwap = memorySwap
    self.memorySwappiness = memorySwappiness
    self.oomKillDisable = oomKillDisable
    self.pidsLimit = pidsLimit
    self.ulimits = ulimits
    self.cpuCount = cpuCount
    self.cpuPercent = cpuPercent
    self.ioMaximumIOps = ioMaximumIOps
    self.ioMaximumBandwidth = ioMaximumBandwidth
    self.mounts = mounts
    self.maskedPaths = maskedPaths
    self.readonlyPaths = readonlyPaths
    self.initProcess = initProcess
  }

  public init() { self.init(binds: nil) }

  enum CodingKeys: String, DockerKey {
    case binds = "Binds"
    case containerIDFile = "ContainerIDFile"
    case logConfig = "LogConfig"
    case networkMode = "NetworkMode"
    case portBindings = "PortBindings"
    case restartPolicy = "RestartPolicy"
    case autoRemove = "AutoRemove"
    case volumeDriver = "VolumeDriver"
    case volumesFrom = "VolumesFrom"
    case consoleSize = "ConsoleSize"
    case annotations = "Annotations"
    case capAdd = "CapAdd"
    case capDrop = "CapDrop"
    case cgroupnsMode = "CgroupnsMode"
    case dns = "Dns"
    case dnsOptions = "DnsOptions"
    case dnsSearch = "DnsSearch"
    case extraHosts = "ExtraHosts"
    case groupAdd = "GroupAdd"
    case ipcMode = "IpcMode"
    case cgroup = "Cgroup"
    case links = "Links"
    case oomScoreAdj = "OomScoreAdj"
    case pidMode = "PidMode"
    case privileged = "Privileged"
    case publishAllPorts = "PublishAllPorts"
    case readonlyRootfs = "ReadonlyRootfs"
    case securityOpt = "SecurityOpt"
    case storageOpt = "StorageOpt"
    case tmpfs = "Tmpfs"
    case utsMode = "UTSMode"
    case usernsMode = "UsernsMode"
    case shmSize = "ShmSize"
    case sysctls = "Sysctls"
    case runtime = "Runtime"
    case isolation = "Isolation"
    case cpuShares = "CpuShares"
    case memory = "Memory"
    case nanoCPUs = "NanoCpus"
    case cgroupParent = "CgroupParent"
    case blkioWeight = "BlkioWeight"
    case blkioWeightDevice = "BlkioWeightDevice"
    case blkioDeviceReadBps = "BlkioDeviceReadBps"
    case blkioDeviceWriteBps = "BlkioDeviceWriteBps"
    case blkioDeviceReadIOps = "BlkioDeviceReadIOps"
    case blkioDeviceWriteIOps = "BlkioDeviceWriteIOps"
    case cpuPeriod = "CpuPeriod"
    case cpuQuota = "CpuQuota"
    case cpuRealtimePeriod = "CpuRealtimePeriod"
    case cpuRealtimeRuntime = "CpuRealtimeRuntime"
    case cpusetCpus = "CpusetCpus"
    case cpusetMems = "CpusetMems"
    case devices = "Devices"
    case deviceCgroupRules = "DeviceCgroupRules"
    case deviceRequests = "DeviceRequests"
    case kernelMemory = "KernelMemory"
    case kernelMemoryTCP = "KernelMemoryTCP"
    case memoryReservation = "MemoryReservation"
    case memorySwap = "MemorySwap"
    case memorySwappiness = "MemorySwappiness"
    case oomKillDisable = "OomKillDisable"
    case pidsLimit = "PidsLimit"
    case ulimits = "Ulimits"
    case cpuCount = "CpuCount"
    case cpuPercent = "CpuPercent"
    case ioMaximumIOps = "IOMaximumIOps"
    case ioMaximumBandwidth = "IOMaximumBandwidth"
    case mounts = "Mounts"
    case maskedPaths = "MaskedPaths"
    case readonlyPaths = "ReadonlyPaths"
    case initProcess = "Init"

    static let omittedWhenNil: Set<CodingKeys> = [
      .annotations, .storageOpt, .tmpfs, .sysctls, .runtime, .mounts, .initProcess, .kernelMemory, .kernelMemoryTCP,
    ]
  }
}
