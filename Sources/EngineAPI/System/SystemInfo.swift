public import JSON

/// The answer to `GET /info`.
public struct SystemInfo: Codable, Sendable, Hashable {
  public var id: String
  public var containers: Int
  public var containersRunning: Int
  public var containersPaused: Int
  public var containersStopped: Int
  public var images: Int
  public var driver: String
  public var driverStatus: [[String]]
  public var systemStatus: [[String]]?
  public var plugins: PluginsInfo
  public var memoryLimit: Bool
  public var swapLimit: Bool
  public var cpuCfsPeriod: Bool
  public var cpuCfsQuota: Bool
  public var cpuShares: Bool
  public var cpuSet: Bool
  public var pidsLimit: Bool
  public var ipv4Forwarding: Bool
  public var oomKillDisable: Bool
  public var debug: Bool
  public var nFd: Int
  public var nGoroutines: Int
  public var systemTime: String
  public var loggingDriver: String
  public var cgroupDriver: String
  /// `1` or `2`.
  public var cgroupVersion: String
  public var nEventsListener: Int
  public var kernelVersion: String
  public var operatingSystem: String
  public var osVersion: String
  public var osType: String
  /// As `uname -m` says it.
  public var architecture: String
  public var indexServerAddress: String
  public var registryConfig: RegistryServiceConfig?
  public var ncpu: Int
  public var memTotal: Int64
  public var genericResources: [JSONValue]?
  public var dockerRootDir: String
  public var httpProxy: String
  public var httpsProxy: String
  public var noProxy: String
  public var name: String
  public var labels: [String]
  public var experimentalBuild: Bool
  public var serverVersion: String
  public var runtimes: [String: RuntimeInfo]
  public var defaultRuntime: String
  public var swarm: SwarmInfo
  public var liveRestoreEnabled: Bool
  public var isolation: String
  public var initBinary: String
  public var containerdCommit: Commit
  public var runcCommit: Commit
  public var initCommit: Commit
  public var securityOptions: [String]
  public var productLicense: String?
  public var defaultAddressPools: [AddressPool]?
  public var firewallBackend: FirewallInfo?
  public var cdiSpecDirs: [String]?
  public var discoveredDevices: [JSONValue]?
  public var containerd: JSONValue?
  public var warnings: [String]?

  public init(
    id: String = "", containers: Int = 0, containersRunning: Int = 0, containersPaused: Int = 0,
    containersStopped: Int = 0, images: Int = 0, driver: String = "", driverStatus: [[String]] = [],
    systemStatus: [[String]]? = nil, plugins: PluginsInfo = PluginsInfo(), memoryLimit: Bool = false,
    swapLimit: Bool = false, cpuCfsPeriod: Bool = false, cpuCfsQuota: Bool = false, cpuShares: Bool = false,
    cpuSet: Bool = false, pidsLimit: Bool = false, ipv4Forwarding: Bool = false, oomKillDisable: Bool = false,
    debug: Bool = false, nFd: Int = 0, nGoroutines: Int = 0, systemTime: String = "", loggingDriver: String = "",
    cgroupDriver: String = "", cgroupVersion: String = "", nEventsListener: Int = 0, kernelVersion: String = "",
    operatingSystem: String = "", osVersion: String = "", osType: String = "linux", architecture: String = "",
    indexServerAddress: String = "", registryConfig: RegistryServiceConfig? = nil, ncpu: Int = 0,
    memTotal: Int64 = 0, genericResources: [JSONValue]? = nil, dockerRootDir: String = "", httpProxy: String = "",
    httpsProxy: String = "", noProxy: String = "", name: String = "", labels: [String] = [],
    experimentalBuild: Bool = false, serverVersion: String = "", runtimes: [String: RuntimeInfo] = [:],
    defaultRuntime: String = "", swarm: SwarmInfo = SwarmInfo(), liveRestoreEnabled: Bool = false,
    isolation: String = "", initBinary: String = "", containerdCommit: Commit = Commit(),
    runcCommit: Commit = Commit(), initCommit: Commit = Commit(), securityOptions: [String] = [],
    productLicense: String? = nil, defaultAddressPools: [AddressPool]? = nil, firewallBackend: FirewallInfo? = nil,
    cdiSpecDirs: [String]? = nil, discoveredDevices: [JSONValue]? = nil, containerd: JSONValue? = nil,
    warnings: [String]? = nil
  ) {
    self.id = id
    self.containers = containers
    self.containersRunning = containersRunning
    self.containersPaused = containersPaused
    self.containersStopped = containersStopped
    self.images = images
    self.driver = driver
    self.driverStatus = driverStatus
    self.systemStatus = systemStatus
    self.plugins = plugins
    self.memoryLimit = memoryLimit
    self.swapLimit = swapLimit
    self.cpuCfsPeriod = cpuCfsPeriod
    self.cpuCfsQuota = cpuCfsQuota
    self.cpuShares = cpuShares
    self.cpuSet = cpuSet
    self.pidsLimit = pidsLimit
    self.ipv4Forwarding = ipv4Forwarding
    self.oomKillDisable = oomKillDisable
    self.debug = debug
    self.nFd = nFd
    self.nGoroutines = nGoroutines
    self.systemTime = systemTime
    self.loggingDriver = loggingDriver
    self.cgroupDriver = cgroupDriver
    self.cgroupVersion = cgroupVersion
    self.nEventsListener = nEventsListener
    self.kernelVersion = kernelVersion
    self.operatingSystem = operatingSystem
    self.osVersion = osVersion
    self.osType = osType
    self.architecture = architecture
    self.indexServerAddress = indexServerAddress
    self.registryConfig = registryConfig
    self.ncpu = ncpu
    self.memTotal = memTotal
    self.genericResources = genericResources
    self.dockerRootDir = dockerRootDir
    self.httpProxy = httpProxy
    self.httpsProxy = httpsProxy
    self.noProxy = noProxy
    self.name = name
    self.labels = labels
    self.experimentalBuild = experimentalBuild
    self.serverVersion = serverVersion
    self.runtimes = runtimes
    self.defaultRuntime = defaultRuntime
    self.swarm = swarm
    self.liveRestoreEnabled = liveRestoreEnabled
    self.isolation = isolation
    self.initBinary = initBinary
    self.containerdCommit = containerdCommit
    self.runcCommit = runcCommit
    self.initCommit = initCommit
    self.securityOptions = securityOptions
    self.productLicense = productLicense
    self.defaultAddressPools = defaultAddressPools
    self.firewallBackend = firewallBackend
    self.cdiSpecDirs = cdiSpecDirs
    self.discoveredDevices = discoveredDevices
    self.containerd = containerd
    self.warnings = warnings
  }

  enum CodingKeys: String, DockerKey {
    case id = "ID"
    case containers = "Containers"
    case containersRunning = "ContainersRunning"
    case containersPaused = "ContainersPaused"
    case containersStopped = "ContainersStopped"
    case images = "Images"
    case driver = "Driver"
    case driverStatus = "DriverStatus"
    case systemStatus = "SystemStatus"
    case plugins = "Plugins"
    case memoryLimit = "MemoryLimit"
    case swapLimit = "SwapLimit"
    case cpuCfsPeriod = "CpuCfsPeriod"
    case cpuCfsQuota = "CpuCfsQuota"
    case cpuShares = "CPUShares"
    case cpuSet = "CPUSet"
    case pidsLimit = "PidsLimit"
    case ipv4Forwarding = "IPv4Forwarding"
    case oomKillDisable = "OomKillDisable"
    case debug = "Debug"
    case nFd = "NFd"
    case nGoroutines = "NGoroutines"
    case systemTime = "SystemTime"
    case loggingDriver = "LoggingDriver"
    case cgroupDriver = "CgroupDriver"
    case cgroupVersion = "CgroupVersion"
    case nEventsListener = "NEventsListener"
    case kernelVersion = "KernelVersion"
    case operatingSystem = "OperatingSystem"
    case osVersion = "OSVersion"
    case osType = "OSType"
    case architecture = "Architecture"
    case indexServerAddress = "IndexServerAddress"
    case registryConfig = "RegistryConfig"
    case ncpu = "NCPU"
    case memTotal = "MemTotal"
    case genericResources = "GenericResources"
    case dockerRootDir = "DockerRootDir"
    case httpProxy = "HttpProxy"
    case httpsProxy = "HttpsProxy"
    case noProxy = "NoProxy"
    case name = "Name"
    case labels = "Labels"
    case experimentalBuild = "ExperimentalBuild"
    case serverVersion = "ServerVersion"
    case runtimes = "Runtimes"
    case defaultRuntime = "DefaultRuntime"
    case swarm = "Swarm"
    case liveRestoreEnabled = "LiveRestoreEnabled"
    case isolation = "Isolation"
    case initBinary = "InitBinary"
    case containerdCommit = "ContainerdCommit"
    case runcCommit = "RuncCommit"
    case initCommit = "InitCommit"
    case securityOptions = "SecurityOptions"
    case productLicense = "ProductLicense"
    case defaultAddressPools = "DefaultAddressPools"
    case firewallBackend = "FirewallBackend"
    case cdiSpecDirs = "CDISpecDirs"
    case discoveredDevices = "DiscoveredDevices"
    case containerd = "Containerd"
    case warnings = "Warnings"

    static let omittedWhenNil: Set<CodingKeys> = [
      .productLicense, .defaultAddressPools, .firewallBackend, .containerd, .discoveredDevices,
    ]
  }
}

/// The names of the drivers of each kind.
public struct PluginsInfo: Codable, Sendable, Hashable, ZeroValue {
  public var volume: [String]
  public var network: [String]
  public var authorization: [String]?
  public var log: [String]

  public init(volume: [String] = [], network: [String] = [], authorization: [String]? = nil, log: [String] = []) {
    self.volume = volume
    self.network = network
    self.authorization = authorization
    self.log = log
  }

  public init() { self.init(volume: []) }

  enum CodingKeys: String, DockerKey {
    case volume = "Volume"
    case network = "Network"
    case authorization = "Authorization"
    case log = "Log"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}

/// What the daemon thinks of registries.
public struct RegistryServiceConfig: Codable, Sendable, Hashable {
  public var allowNondistributableArtifactsCIDRs: [String]?
  public var allowNondistributableArtifactsHostnames: [String]?
  public var insecureRegistryCIDRs: [String]
  public var indexConfigs: [String: IndexInfo]
  public var mirrors: [String]?

  public init(
    allowNondistributableArtifactsCIDRs: [String]? = nil, allowNondistributableArtifactsHostnames: [String]? = nil,
    insecureRegistryCIDRs: [String] = [], indexConfigs: [String: IndexInfo] = [:], mirrors: [String]? = nil
  ) {
    self.allowNondistributableArtifactsCIDRs = allowNondistributableArtifactsCIDRs
    self.allowNondistributableArtifactsHostnames = allowNondistributableArtifactsHostnames
    self.insecureRegistryCIDRs = insecureRegistryCIDRs
    self.indexConfigs = indexConfigs
    self.mirrors = mirrors
  }

  enum CodingKeys: String, DockerKey {
    case allowNondistributableArtifactsCIDRs = "AllowNondistributableArtifactsCIDRs"
    case allowNondistributableArtifactsHostnames = "AllowNondistributableArtifactsHostnames"
    case insecureRegistryCIDRs = "InsecureRegistryCIDRs"
    case indexConfigs = "IndexConfigs"
    case mirrors = "Mirrors"

    static let omittedWhenNil: Set<CodingKeys> = [
      .allowNondistributableArtifactsCIDRs, .allowNondistributableArtifactsHostnames,
    ]
  }
}

/// One registry.
public struct IndexInfo: Codable, Sendable, Hashable, ZeroValue {
  public var name: String
  public var mirrors: [String]
  public var secure: Bool
  public var official: Bool

  public init(name: String = "", mirrors: [String] = [], secure: Bool = false, official: Bool = false) {
    self.name = name
    self.mirrors = mirrors
    self.secure = secure
    self.official = official
  }

  public init() { self.init(name: "") }

  enum CodingKeys: String, CodingKey {
    case name = "Name"
    case mirrors = "Mirrors"
    case secure = "Secure"
    case official = "Official"
  }
}

/// A runtime that containers can be created with.
public struct RuntimeInfo: Codable, Sendable, Hashable, ZeroValue {
  public var path: String
  public var runtimeArgs: [String]?
  public var status: [String: String]?

  public init(path: String = "", runtimeArgs: [String]? = nil, status: [String: String]? = nil) {
    self.path = path
    self.runtimeArgs = runtimeArgs
    self.status = status
  }

  public init() { self.init(path: "") }

  enum CodingKeys: String, CodingKey {
    case path
    case runtimeArgs
    case status
  }
}

/// The revision of a program.
public struct Commit: Codable, Sendable, Hashable, ZeroValue {
  public var id: String

  public init(id: String = "") {
    self.id = id
  }

  public init() { self.init(id: "") }

  enum CodingKeys: String, CodingKey {
    case id = "ID"
  }
}

/// A pool that networks take their subnets from; each is `Size` bits long.
public struct AddressPool: Codable, Sendable, Hashable {
  public var base: String
  public var size: Int

  public init(base: String = "", size: Int = 0) {
    self.base = base
    self.size = size
  }

  enum CodingKeys: String, CodingKey {
    case base = "Base"
    case size = "Size"
  }
}

/// The packet filter in use.
public struct FirewallInfo: Codable, Sendable, Hashable {
  public var driver: String
  public var info: [[String]]?

  public init(driver: String = "", info: [[String]]? = nil) {
    self.driver = driver
    self.info = info
  }

  enum CodingKeys: String, CodingKey {
    case driver = "Driver"
    case info = "Info"
  }
}

/// Swarm is not part of this engine: always inactive.
public struct SwarmInfo: Codable, Sendable, Hashable, ZeroValue {
  public var nodeID: String
  public var nodeAddr: String
  public var localNodeState: String
  public var controlAvailable: Bool
  public var error: String
  public var remoteManagers: [JSONValue]?

  public init(
    nodeID: String = "", nodeAddr: String = "", localNodeState: String = "inactive", controlAvailable: Bool = false,
    error: String = "", remoteManagers: [JSONValue]? = nil
  ) {
    self.nodeID = nodeID
    self.nodeAddr = nodeAddr
    self.localNodeState = localNodeState
    self.controlAvailable = controlAvailable
    self.error = error
    self.remoteManagers = remoteManagers
  }

  public init() { self.init(nodeID: "") }

  enum CodingKeys: String, DockerKey {
    case nodeID = "NodeID"
    case nodeAddr = "NodeAddr"
    case localNodeState = "LocalNodeState"
    case controlAvailable = "ControlAvailable"
    case error = "Error"
    case remoteManagers = "RemoteManagers"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}
