/// One sample of a container's use of resources, with the sample before it: `GET /containers/{id}/stats`.
public struct ContainerStats: Codable, Sendable, Hashable {
  public var name: String
  public var id: String
  public var read: String
  public var preread: String
  public var pidsStats: PidsStats
  public var blkioStats: BlkioStats
  public var numProcs: Int
  public var storageStats: EmptyObject
  public var cpuStats: CPUStats
  public var precpuStats: CPUStats
  public var memoryStats: MemoryStats
  public var networks: [String: NetworkStats]?

  public init(
    name: String = "", id: String = "", read: String = "0001-01-01T00:00:00Z",
    preread: String = "0001-01-01T00:00:00Z", pidsStats: PidsStats = PidsStats(),
    blkioStats: BlkioStats = BlkioStats(), numProcs: Int = 0, storageStats: EmptyObject = EmptyObject(),
    cpuStats: CPUStats = CPUStats(), precpuStats: CPUStats = CPUStats(), memoryStats: MemoryStats = MemoryStats(),
    networks: [String: NetworkStats]? = nil
  ) {
    self.name = name
    self.id = id
    self.read = read
    self.preread = preread
    self.pidsStats = pidsStats
    self.blkioStats = blkioStats
    self.numProcs = numProcs
    self.storageStats = storageStats
    self.cpuStats = cpuStats
    self.precpuStats = precpuStats
    self.memoryStats = memoryStats
    self.networks = networks
  }

  enum CodingKeys: String, CodingKey {
    case name
    case id
    case read
    case preread
    case pidsStats = "pids_stats"
    case blkioStats = "blkio_stats"
    case numProcs = "num_procs"
    case storageStats = "storage_stats"
    case cpuStats = "cpu_stats"
    case precpuStats = "precpu_stats"
    case memoryStats = "memory_stats"
    case networks
  }
}

/// Tasks of a container.
public struct PidsStats: Codable, Sendable, Hashable, ZeroValue {
  public var current: UInt64?
  public var limit: UInt64?

  public init(current: UInt64? = nil, limit: UInt64? = nil) {
    self.current = current
    self.limit = limit
  }

  public init() { self.init(current: nil) }

  enum CodingKeys: String, CodingKey {
    case current
    case limit
  }
}

/// Block device counters.
public struct BlkioStats: Codable, Sendable, Hashable, ZeroValue {
  public var ioServiceBytesRecursive: [BlkioStatEntry]?
  public var ioServicedRecursive: [BlkioStatEntry]?
  public var ioQueueRecursive: [BlkioStatEntry]?
  public var ioServiceTimeRecursive: [BlkioStatEntry]?
  public var ioWaitTimeRecursive: [BlkioStatEntry]?
  public var ioMergedRecursive: [BlkioStatEntry]?
  public var ioTimeRecursive: [BlkioStatEntry]?
  public var sectorsRecursive: [BlkioStatEntry]?

  public init(
    ioServiceBytesRecursive: [BlkioStatEntry]? = nil, ioServicedRecursive: [BlkioStatEntry]? = nil,
    ioQueueRecursive: [BlkioStatEntry]? = nil, ioServiceTimeRecursive: [BlkioStatEntry]? = nil,
    ioWaitTimeRecursive: [BlkioStatEntry]? = nil, ioMergedRecursive: [BlkioStatEntry]? = nil,
    ioTimeRecursive: [BlkioStatEntry]? = nil, sectorsRecursive: [BlkioStatEntry]? = nil
  ) {
    self.ioServiceBytesRecursive = ioServiceBytesRecursive
    self.ioServicedRecursive = ioServicedRecursive
    self.ioQueueRecursive = ioQueueRecursive
    self.ioServiceTimeRecursive = ioServiceTimeRecursive
    self.ioWaitTimeRecursive = ioWaitTimeRecursive
    self.ioMergedRecursive = ioMergedRecursive
    self.ioTimeRecursive = ioTimeRecursive
    self.sectorsRecursive = sectorsRecursive
  }

  public init() { self.init(ioServiceBytesRecursive: nil) }

  enum CodingKeys: String, DockerKey {
    case ioServiceBytesRecursive = "io_service_bytes_recursive"
    case ioServicedRecursive = "io_serviced_recursive"
    case ioQueueRecursive = "io_queue_recursive"
    case ioServiceTimeRecursive = "io_service_time_recursive"
    case ioWaitTimeRecursive = "io_wait_time_recursive"
    case ioMergedRecursive = "io_merged_recursive"
    case ioTimeRecursive = "io_time_recursive"
    case sectorsRecursive = "sectors_recursive"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}

/// One counter of one device.
public struct BlkioStatEntry: Codable, Sendable, Hashable {
  public var major: UInt64
  public var minor: UInt64
  public var op: String
  public var value: UInt64

  public init(major: UInt64 = 0, minor: UInt64 = 0, op: String = "", value: UInt64 = 0) {
    self.major = major
    self.minor = minor
    self.op = op
    self.value = value
  }

  enum CodingKeys: String, CodingKey {
    case major
    case minor
    case op
    case value
  }
}

/// CPU time, in nanoseconds.
public struct CPUStats: Codable, Sendable, Hashable, ZeroValue {
  public var cpuUsage: CPUUsage
  public var systemCpuUsage: UInt64?
  public var onlineCpus: Int?
  public var throttlingData: ThrottlingData

  public init(
    cpuUsage: CPUUsage = CPUUsage(), systemCpuUsage: UInt64? = nil, onlineCpus: Int? = nil,
    throttlingData: ThrottlingData = ThrottlingData()
  ) {
    self.cpuUsage = cpuUsage
    self.systemCpuUsage = systemCpuUsage
    self.onlineCpus = onlineCpus
    self.throttlingData = throttlingData
  }

  public init() { self.init(cpuUsage: CPUUsage()) }

  enum CodingKeys: String, CodingKey {
    case cpuUsage = "cpu_usage"
    case systemCpuUsage = "system_cpu_usage"
    case onlineCpus = "online_cpus"
    case throttlingData = "throttling_data"
  }
}

/// CPU time used, in nanoseconds.
public struct CPUUsage: Codable, Sendable, Hashable, ZeroValue {
  public var totalUsage: UInt64
  public var percpuUsage: [UInt64]?
  public var usageInKernelmode: UInt64
  public var usageInUsermode: UInt64

  public init(
    totalUsage: UInt64 = 0, percpuUsage: [UInt64]? = nil, usageInKernelmode: UInt64 = 0, usageInUsermode: UInt64 = 0
  ) {
    self.totalUsage = totalUsage
    self.percpuUsage = percpuUsage
    self.usageInKernelmode = usageInKernelmode
    self.usageInUsermode = usageInUsermode
  }

  public init() { self.init(totalUsage: 0) }

  enum CodingKeys: String, CodingKey {
    case totalUsage = "total_usage"
    case percpuUsage = "percpu_usage"
    case usageInKernelmode = "usage_in_kernelmode"
    case usageInUsermode = "usage_in_usermode"
  }
}

/// How often the CPU quota stopped a container, and for how many nanoseconds.
public struct ThrottlingData: Codable, Sendable, Hashable, ZeroValue {
  public var periods: UInt64
  public var throttledPeriods: UInt64
  public var throttledTime: UInt64

  public init(periods: UInt64 = 0, throttledPeriods: UInt64 = 0, throttledTime: UInt64 = 0) {
    self.periods = periods
    self.throttledPeriods = throttledPeriods
    self.throttledTime = throttledTime
  }

  public init() { self.init(periods: 0) }

  enum CodingKeys: String, CodingKey {
    case periods
    case throttledPeriods = "throttled_periods"
    case throttledTime = "throttled_time"
  }
}

/// Memory in bytes.
public struct MemoryStats: Codable, Sendable, Hashable, ZeroValue {
  public var usage: UInt64?
  public var maxUsage: UInt64?
  public var stats: [String: UInt64]?
  public var failcnt: UInt64?
  public var limit: UInt64?

  public init(
    usage: UInt64? = nil, maxUsage: UInt64? = nil, stats: [String: UInt64]? = nil, failcnt: UInt64? = nil,
    limit: UInt64? = nil
  ) {
    self.usage = usage
    self.maxUsage = maxUsage
    self.stats = stats
    self.failcnt = failcnt
    self.limit = limit
  }

  public init() { self.init(usage: nil) }

  enum CodingKeys: String, CodingKey {
    case usage
    case maxUsage = "max_usage"
    case stats
    case failcnt
    case limit
  }
}

/// Counters of one interface.
public struct NetworkStats: Codable, Sendable, Hashable, ZeroValue {
  public var rxBytes: UInt64
  public var rxPackets: UInt64
  public var rxErrors: UInt64
  public var rxDropped: UInt64
  public var txBytes: UInt64
  public var txPackets: UInt64
  public var txErrors: UInt64
  public var txDropped: UInt64

  public init(
    rxBytes: UInt64 = 0, rxPackets: UInt64 = 0, rxErrors: UInt64 = 0, rxDropped: UInt64 = 0, txBytes: UInt64 = 0,
    txPackets: UInt64 = 0, txErrors: UInt64 = 0, txDropped: UInt64 = 0
  ) {
    self.rxBytes = rxBytes
    self.rxPackets = rxPackets
    self.rxErrors = rxErrors
    self.rxDropped = rxDropped
    self.txBytes = txBytes
    self.txPackets = txPackets
    self.txErrors = txErrors
    self.txDropped = txDropped
  }

  public init() { self.init(rxBytes: 0) }

  enum CodingKeys: String, CodingKey {
    case rxBytes = "rx_bytes"
    case rxPackets = "rx_packets"
    case rxErrors = "rx_errors"
    case rxDropped = "rx_dropped"
    case txBytes = "tx_bytes"
    case txPackets = "tx_packets"
    case txErrors = "tx_errors"
    case txDropped = "tx_dropped"
  }
}
