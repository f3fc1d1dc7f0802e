/// What the container's cgroup allows (config-linux.md#control-groups).
public struct RuntimeResources: Codable, Sendable, Hashable {
  /// In order, the last match decides.
  @OmittedWhenEmpty public var devices: [RuntimeDeviceRule]
  public var memory: RuntimeMemory?
  public var cpu: RuntimeCPU?
  public var pids: RuntimePids?
  public var blockIO: RuntimeBlockIO?
  @OmittedWhenEmpty public var hugepageLimits: [RuntimeHugepageLimit]
  public var network: RuntimeNetworkClass?
  @OmittedWhenEmpty public var rdma: [String: RuntimeRDMA]
  /// cgroup v2 files written as they are.
  @OmittedWhenEmpty public var unified: [String: String]

  public init(
    devices: [RuntimeDeviceRule] = [], memory: RuntimeMemory? = nil, cpu: RuntimeCPU? = nil, pids: RuntimePids? = nil,
    blockIO: RuntimeBlockIO? = nil, hugepageLimits: [RuntimeHugepageLimit] = [], network: RuntimeNetworkClass? = nil,
    rdma: [String: RuntimeRDMA] = [:], unified: [String: String] = [:]
  ) {
    self.devices = devices
    self.memory = memory
    self.cpu = cpu
    self.pids = pids
    self.blockIO = blockIO
    self.hugepageLimits = hugepageLimits
    self.network = network
    self.rdma = rdma
    self.unified = unified
  }

  private enum CodingKeys: String, CodingKey {
    case devices, memory, cpu, pids, blockIO, hugepageLimits, network, rdma, unified
  }
}

/// One rule of the devices controller. An absent number or type means all.
public struct RuntimeDeviceRule: Codable, Sendable, Hashable {
  public var allow: Bool
  /// `a`, `b` or `c`.
  public var type: String?
  public var major: Int64?
  public var minor: Int64?
  /// Letters of `rwm`.
  public var access: String?

  public init(allow: Bool, type: String? = nil, major: Int64? = nil, minor: Int64? = nil, access: String? = nil) {
    self.allow = allow
    self.type = type
    self.major = major
    self.minor = minor
    self.access = access
  }

  private enum CodingKeys: String, CodingKey {
    case allow, type, major, minor, access
  }
}

/// Memory limits in bytes; −1 is unlimited.
public struct RuntimeMemory: Codable, Sendable, Hashable {
  public var limit: Int64?
  public var reservation: Int64?
  /// Memory and swap together, as cgroup v1 counts.
  public var swap: Int64?
  public var kernel: Int64?
  public var kernelTCP: Int64?
  public var swappiness: UInt64?
  public var disableOOMKiller: Bool?
  public var useHierarchy: Bool?
  public var checkBeforeUpdate: Bool?

  public init(
    limit: Int64? = nil, reservation: Int64? = nil, swap: Int64? = nil, kernel: Int64? = nil, kernelTCP: Int64? = nil,
    swappiness: UInt64? = nil, disableOOMKiller: Bool? = nil, useHierarchy: Bool? = nil, checkBeforeUpdate: Bool? = nil
  ) {
    self.limit = limit
    self.reservation = reservation
    self.swap = swap
    self.kernel = kernel
    self.kernelTCP = kernelTCP
    self.swappiness = swappiness
    self.disableOOMKiller = disableOOMKiller
    self.useHierarchy = useHierarchy
    self.checkBeforeUpdate = checkBeforeUpdate
  }

  private enum CodingKeys: String, CodingKey {
    case limit, reservation, swap, kernel, kernelTCP, swappiness, disableOOMKiller, useHierarchy
    case checkBeforeUpdate
  }
}

/// CPU time and placement; times in microseconds.
public struct RuntimeCPU: Codable, Sendable, Hashable {
  /// 2 to 262144, as cgroup v1 counts.
  public var shares: UInt64?
  public var quota: Int64?
  public var burst: UInt64?
  public var period: UInt64?
  public var realtimeRuntime: Int64?
  public var realtimePeriod: UInt64?
  /// List as `0-2,7`.
  public var cpus: String?
  public var mems: String?
  public var idle: Int64?

  public init(
    shares: UInt64? = nil, quota: Int64? = nil, burst: UInt64? = nil, period: UInt64? = nil,
    realtimeRuntime: Int64? = nil, realtimePeriod: UInt64? = nil, cpus: String? = nil, mems: String? = nil,
    idle: Int64? = nil
  ) {
    self.shares = shares
    self.quota = quota
    self.burst = burst
    self.period = period
    self.realtimeRuntime = realtimeRuntime
    self.realtimePeriod = realtimePeriod
    self.cpus = cpus
    self.mems = mems
    self.idle = idle
  }

  private enum CodingKeys: String, CodingKey {
    case shares, quota, burst, period, realtimeRuntime, realtimePeriod, cpus, mems, idle
  }
}

/// Number of processes and threads; 0 and less is unlimited.
public struct RuntimePids: Codable, Sendable, Hashable {
  public var limit: Int64

  public init(limit: Int64) {
    self.limit = limit
  }

  private enum CodingKeys: String, CodingKey {
    case limit
  }
}

/// Weights and throttles of block devices.
public struct RuntimeBlockIO: Codable, Sendable, Hashable {
  /// 10 to 1000.
  public var weight: UInt16?
  public var leafWeight: UInt16?
  @OmittedWhenEmpty public var weightDevice: [RuntimeWeightDevice]
  @OmittedWhenEmpty public var throttleReadBpsDevice: [RuntimeThrottleDevice]
  @OmittedWhenEmpty public var throttleWriteBpsDevice: [RuntimeThrottleDevice]
  @OmittedWhenEmpty public var throttleReadIOPSDevice: [RuntimeThrottleDevice]
  @OmittedWhenEmpty public var throttleWriteIOPSDevice: [RuntimeThrottleDevice]

  public init(
    weight: UInt16? = nil, leafWeight: UInt16? = nil, weightDevice: [RuntimeWeightDevice] = [],
    throttleReadBpsDevice: [RuntimeThrottleDevice] = [], throttleWriteBpsDevice: [RuntimeThrottleDevice] = [],
    throttleReadIOPSDevice: [RuntimeThrottleDevice] = [], throttleWriteIOPSDevice: [RuntimeThrottleDevice] = []
  ) {
    self.weight = weight
    self.leafWeight = leafWeight
    self.weightDevice = weightDevice
    self.throttleReadBpsDevice = throttleReadBpsDevice
    self.throttleWriteBpsDevice = throttleWriteBpsDevice
    self.throttleReadIOPSDevice = throttleReadIOPSDevice
    self.throttleWriteIOPSDevice = throttleWriteIOPSDevice
  }

  private enum CodingKeys: String, CodingKey {
    case weight, leafWeight, weightDevice, throttleReadBpsDevice, throttleWriteBpsDevice, throttleReadIOPSDevice
    case throttleWriteIOPSDevice
  }
}

public struct RuntimeWeightDevice: Codable, Sendable, Hashable {
  public var major: Int64
  public var minor: Int64
  public var weight: UInt16?
  public var leafWeight: UInt16?

  public init(major: Int64, minor: Int64, weight: UInt16? = nil, leafWeight: UInt16? = nil) {
    self.major = major
    self.minor = minor
    self.weight = weight
    self.leafWeight = leafWeight
  }

  private enum CodingKeys: String, CodingKey {
    case major, minor, weight, leafWeight
  }
}

/// `rate` is bytes or operations a second.
public struct RuntimeThrottleDevice: Codable, Sendable, Hashable {
  public var major: Int64
  public var minor: Int64
  public var rate: UInt64

  public init(major: Int64, minor: Int64, rate: UInt64) {
    self.major = major
    self.minor = minor
    self.rate = rate
  }

  private enum CodingKeys: String, CodingKey {
    case major, minor, rate
  }
}

/// `limit` in bytes for pages of `pageSize` (`2MB`, `1GB`).
public struct RuntimeHugepageLimit: Codable, Sendable, Hashable {
  public var pageSize: String
  public var limit: UInt64

  public init(pageSize: String, limit: UInt64) {
    self.pageSize = pageSize
    self.limit = limit
  }

  private enum CodingKeys: String, CodingKey {
    case pageSize, limit
  }
}

/// net_cls and net_prio (cgroup v1).
public struct RuntimeNetworkClass: Codable, Sendable, Hashable {
  public var classID: UInt32?
  @OmittedWhenEmpty public var priorities: [RuntimeNetworkPriority]

  public init(classID: UInt32? = nil, priorities: [RuntimeNetworkPriority] = []) {
    self.classID = classID
    self.priorities = priorities
  }

  private enum CodingKeys: String, CodingKey {
    case classID, priorities
  }
}

/// Priority of the traffic that leaves by interface `name`.
public struct RuntimeNetworkPriority: Codable, Sendable, Hashable {
  public var name: String
  public var priority: UInt32

  public init(name: String, priority: UInt32) {
    self.name = name
    self.priority = priority
  }

  private enum CodingKeys: String, CodingKey {
    case name, priority
  }
}

/// Limits of one RDMA device.
public struct RuntimeRDMA: Codable, Sendable, Hashable {
  public var hcaHandles: UInt32?
  public var hcaObjects: UInt32?

  public init(hcaHandles: UInt32? = nil, hcaObjects: UInt32? = nil) {
    self.hcaHandles = hcaHandles
    self.hcaObjects = hcaObjects
  }

  private enum CodingKeys: String, CodingKey {
    case hcaHandles, hcaObjects
  }
}
