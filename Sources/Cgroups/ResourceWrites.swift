internal import Glibc
public import OCI

/// One value for one file of a container's cgroup.
public struct CgroupWrite: Sendable, Hashable {
  /// What happens when none of `files` exists (a controller that is not there, a kernel without the feature).
  public enum Absent: Sendable, Hashable {
    case fails
    case ignored
  }

  public var controller: String
  /// Alternatives, the preferred first: the first that exists is written.
  public var files: [String]
  public var value: String
  public var absent: Absent

  public init(_ controller: String, _ files: String..., value: String, absent: Absent = .fails) {
    self.controller = controller
    self.files = files
    self.value = value
    self.absent = absent
  }
}

/// OCI resources as the files to write, in order. Devices are not among them (`DeviceRules`).
public enum ResourceWrites {
  /// For v1 hierarchies.
  public static func v1(_ resources: RuntimeResources) -> [CgroupWrite] {
    var writes: [CgroupWrite] = []
    if let memory = resources.memory { writes += memoryV1(memory) }
    if let cpu = resources.cpu { writes += cpuV1(cpu) }
    if let pids = resources.pids {
      writes.append(CgroupWrite("pids", "pids.max", value: pids.limit > 0 ? "\(pids.limit)" : "max"))
    }
    if let io = resources.blockIO { writes += blockV1(io) }
    for limit in resources.hugepageLimits {
      writes.append(CgroupWrite("hugetlb", "hugetlb.\(limit.pageSize).limit_in_bytes", value: "\(limit.limit)"))
    }
    if let network = resources.network {
      if let id = network.classID { writes.append(CgroupWrite("net_cls", "net_cls.classid", value: "\(id)")) }
      for entry in network.priorities {
        writes.append(CgroupWrite("net_prio", "net_prio.ifpriomap", value: "\(entry.name) \(entry.priority)"))
      }
    }
    return writes + rdma(resources)
  }

  /// For cgroup v2.
  public static func v2(_ resources: RuntimeResources) -> [CgroupWrite] {
    var writes: [CgroupWrite] = []
    if let memory = resources.memory { writes += memoryV2(memory) }
    if let cpu = resources.cpu { writes += cpuV2(cpu) }
    if let pids = resources.pids {
      writes.append(CgroupWrite("pids", "pids.max", value: pids.limit > 0 ? "\(pids.limit)" : "max"))
    }
    if let io = resources.blockIO { writes += ioV2(io) }
    for limit in resources.hugepageLimits {
      writes.append(CgroupWrite("hugetlb", "hugetlb.\(limit.pageSize).max", value: "\(limit.limit)"))
    }
    writes += rdma(resources)
    for (file, value) in resources.unified.sorted(by: { $0.key < $1.key }) {
      writes.append(CgroupWrite(String(file.prefix { $0 != "." }), file, value: value))
    }
    return writes
  }

  /// cpu.shares (2…262144, default 1024) as cpu.weight (1…10000, default 100).
  ///
  /// The quadratic curve through minimum, default and maximum that runc 1.4 and crun 1.24 use; the linear formula before
  /// made 1024 shares a weight of 39. https://github.com/opencontainers/cgroups/blob/main/utils.go
  public static func weight(shares: UInt64) -> UInt64 {
    if shares <= 2 { return 1 }
    if shares >= 262_144 { return 10_000 }
    let logarithm = log2(Double(shares))
    let exponent = (logarithm * logarithm + 125 * logarithm) / 612 - 7.0 / 34.0
    return UInt64(ceil(pow(10, exponent)))
  }

  /// blkio.weight (10…1000) as io.weight (1…10000).
  public static func ioWeight(blockWeight: UInt16) -> UInt64 {
    let weight = UInt64(min(max(blockWeight, 10), 1000))
    return 1 + (weight - 10) * 9999 / 990
  }

  private static func memoryV1(_ memory: RuntimeMemory) -> [CgroupWrite] {
    var writes: [CgroupWrite] = []
    if let limit = memory.limit, limit != 0 {
      writes.append(CgroupWrite("memory", "memory.limit_in_bytes", value: "\(limit)"))
    }
    // An unlimited group has unlimited swap, else the old swap limit would cap memory too.
    let swap = memory.swap ?? (memory.limit == -1 ? -1 : 0)
    if swap != 0 {
      writes.append(
        CgroupWrite(
          "memory", "memory.memsw.limit_in_bytes", value: "\(swap)", absent: swap == -1 ? .ignored : .fails))
    }
    if let reservation = memory.reservation, reservation != 0 {
      writes.append(CgroupWrite("memory", "memory.soft_limit_in_bytes", value: "\(reservation)"))
    }
    if let tcp = memory.kernelTCP, tcp != 0 {
      writes.append(CgroupWrite("memory", "memory.kmem.tcp.limit_in_bytes", value: "\(tcp)", absent: .ignored))
    }
    if let swappiness = memory.swappiness, swappiness <= 100 {
      writes.append(CgroupWrite("memory", "memory.swappiness", value: "\(swappiness)"))
    }
    if memory.disableOOMKiller == true {
      writes.append(CgroupWrite("memory", "memory.oom_control", value: "1"))
    }
    return writes
  }

  private static func memoryV2(_ memory: RuntimeMemory) -> [CgroupWrite] {
    var writes: [CgroupWrite] = []
    // v2 counts swap alone where v1 counts the sum.
    switch (memory.limit ?? 0, memory.swap ?? 0) {
    case (-1, 0), (_, -1):
      writes.append(CgroupWrite("memory", "memory.swap.max", value: "max", absent: .ignored))
    case (_, 0): break
    case (let limit, let swap) where limit > 0 && swap >= limit:
      writes.append(CgroupWrite("memory", "memory.swap.max", value: "\(swap - limit)", absent: .ignored))
    case (_, let swap):
      writes.append(CgroupWrite("memory", "memory.swap.max", value: "\(swap)", absent: .ignored))
    }
    if let limit = memory.limit, limit != 0 {
      writes.append(CgroupWrite("memory", "memory.max", value: limit == -1 ? "max" : "\(limit)"))
    }
    if let reservation = memory.reservation, reservation != 0 {
      writes.append(CgroupWrite("memory", "memory.low", value: reservation == -1 ? "max" : "\(reservation)"))
    }
    return writes
  }

  private static func cpuV1(_ cpu: RuntimeCPU) -> [CgroupWrite] {
    var writes: [CgroupWrite] = []
    if let shares = cpu.shares, shares != 0 { writes.append(CgroupWrite("cpu", "cpu.shares", value: "\(shares)")) }
    if let burst = cpu.burst { writes.append(CgroupWrite("cpu", "cpu.cfs_burst_us", value: "\(burst)")) }
    if let period = cpu.period, period != 0 {
      writes.append(CgroupWrite("cpu", "cpu.cfs_period_us", value: "\(period)"))
    }
    if let quota = cpu.quota, quota != 0 {
      writes.append(CgroupWrite("cpu", "cpu.cfs_quota_us", value: "\(quota)"))
    }
    if let period = cpu.realtimePeriod, period != 0 {
      writes.append(CgroupWrite("cpu", "cpu.rt_period_us", value: "\(period)"))
    }
    if let runtime = cpu.realtimeRuntime, runtime != 0 {
      writes.append(CgroupWrite("cpu", "cpu.rt_runtime_us", value: "\(runtime)"))
    }
    if let idle = cpu.idle { writes.append(CgroupWrite("cpu", "cpu.idle", value: "\(idle)")) }
    return writes + cpusets(cpu)
  }

  private static func cpuV2(_ cpu: RuntimeCPU) -> [CgroupWrite] {
    var writes: [CgroupWrite] = []
    if let idle = cpu.idle { writes.append(CgroupWrite("cpu", "cpu.idle", value: "\(idle)")) }
    // An idle group has no weight to set.
    if let shares = cpu.shares, shares != 0, cpu.idle != 1 {
      writes.append(CgroupWrite("cpu", "cpu.weight", value: "\(weight(shares: shares))"))
    }
    if (cpu.quota ?? 0) != 0 || (cpu.period ?? 0) != 0 {
      let quota = cpu.quota ?? 0
      let period = cpu.period ?? 0
      writes.append(
        CgroupWrite(
          "cpu", "cpu.max", value: "\(quota > 0 ? "\(quota)" : "max") \(period == 0 ? 100_000 : period)"))
    }
    if let burst = cpu.burst { writes.append(CgroupWrite("cpu", "cpu.max.burst", value: "\(burst)")) }
    return writes + cpusets(cpu)
  }

  private static func cpusets(_ cpu: RuntimeCPU) -> [CgroupWrite] {
    var writes: [CgroupWrite] = []
    if let cpus = cpu.cpus, !cpus.isEmpty { writes.append(CgroupWrite("cpuset", "cpuset.cpus", value: cpus)) }
    if let mems = cpu.mems, !mems.isEmpty { writes.append(CgroupWrite("cpuset", "cpuset.mems", value: mems)) }
    return writes
  }

  private static func blockV1(_ io: RuntimeBlockIO) -> [CgroupWrite] {
    var writes: [CgroupWrite] = []
    if let weight = io.weight, weight != 0 {
      writes.append(CgroupWrite("blkio", "blkio.weight", "blkio.bfq.weight", value: "\(weight)"))
    }
    if let leaf = io.leafWeight, leaf != 0 {
      writes.append(CgroupWrite("blkio", "blkio.leaf_weight", value: "\(leaf)"))
    }
    for device in io.weightDevice {
      if let weight = device.weight {
        writes.append(
          CgroupWrite(
            "blkio", "blkio.weight_device", "blkio.bfq.weight_device",
            value: "\(device.major):\(device.minor) \(weight)"))
      }
      if let leaf = device.leafWeight {
        writes.append(
          CgroupWrite("blkio", "blkio.leaf_weight_device", value: "\(device.major):\(device.minor) \(leaf)"))
      }
    }
    let throttles = [
      ("blkio.throttle.read_bps_device", io.throttleReadBpsDevice),
      ("blkio.throttle.write_bps_device", io.throttleWriteBpsDevice),
      ("blkio.throttle.read_iops_device", io.throttleReadIOPSDevice),
      ("blkio.throttle.write_iops_device", io.throttleWriteIOPSDevice),
    ]
    for (file, devices) in throttles {
      for device in devices {
        writes.append(CgroupWrite("blkio", file, value: "\(device.major):\(device.minor) \(device.rate)"))
      }
    }
    return writes
  }

  private static func ioV2(_ io: RuntimeBlockIO) -> [CgroupWrite] {
    var writes: [CgroupWrite] = []
    if let weight = io.weight, weight != 0 {
      writes.append(CgroupWrite("io", "io.bfq.weight", value: "default \(weight)", absent: .ignored))
      writes.append(
        CgroupWrite("io", "io.weight", value: "default \(ioWeight(blockWeight: weight))", absent: .ignored))
    }
    for device in io.weightDevice {
      if let weight = device.weight {
        writes.append(CgroupWrite("io", "io.bfq.weight", value: "\(device.major):\(device.minor) \(weight)"))
      }
    }
    let throttles = [
      ("rbps", io.throttleReadBpsDevice), ("wbps", io.throttleWriteBpsDevice), ("riops", io.throttleReadIOPSDevice),
      ("wiops", io.throttleWriteIOPSDevice),
    ]
    for (key, devices) in throttles {
      for device in devices {
        // 0 removes a v1 throttle; v2 says max.
        writes.append(
          CgroupWrite(
            "io", "io.max",
            value: "\(device.major):\(device.minor) \(key)=\(device.rate == 0 ? "max" : "\(device.rate)")"))
      }
    }
    return writes
  }

  private static func rdma(_ resources: RuntimeResources) -> [CgroupWrite] {
    resources.rdma.sorted { $0.key < $1.key }.map { device, limit in
      var value = device
      if let handles = limit.hcaHandles { value += " hca_handle=\(handles)" }
      if let objects = limit.hcaObjects { value += " hca_object=\(objects)" }
      return CgroupWrite("rdma", "rdma.max", value: value)
    }
  }
}
