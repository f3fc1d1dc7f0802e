import EngineAPI
import OCI

/// The limits of a container's cgroup.
enum SpecResources {
  static func build(host: HostConfig, deviceRules: [RuntimeDeviceRule]) -> RuntimeResources {
    var resources = RuntimeResources()
    resources.devices = deviceRules
    resources.memory = memory(host)
    resources.cpu = cpu(host)
    // Docker's "not set" is 0 or less; it then leaves the kernel's default, which is no limit.
    if let limit = host.pidsLimit, limit > 0 { resources.pids = RuntimePids(limit: limit) }
    resources.blockIO = blockIO(host)
    return resources
  }

  private static func positive(_ value: Int64?) -> Int64? { value.flatMap { $0 > 0 ? $0 : nil } }

  private static func memory(_ host: HostConfig) -> RuntimeMemory? {
    var memory = RuntimeMemory()
    memory.limit = positive(host.memory)
    memory.reservation = positive(host.memoryReservation)
    // Docker: memory and swap together; twice the memory when only that was said, −1 without a limit.
    switch host.memorySwap ?? 0 {
    case 0: memory.swap = memory.limit.map { $0 &* 2 }
    case let swap: memory.swap = swap
    }
    if let swappiness = host.memorySwappiness, swappiness >= 0 { memory.swappiness = UInt64(swappiness) }
    memory.disableOOMKiller = host.oomKillDisable == true ? true : nil
    return memory == RuntimeMemory() ? nil : memory
  }

  private static func cpu(_ host: HostConfig) -> RuntimeCPU? {
    var cpu = RuntimeCPU()
    if let shares = positive(host.cpuShares) { cpu.shares = UInt64(shares) }
    if let nano = positive(host.nanoCPUs) {
      // A period of 100 ms, as Docker: 1.5 CPUs are 150 ms in each.
      cpu.period = 100_000
      cpu.quota = nano / 10_000
    } else {
      cpu.period = positive(host.cpuPeriod).map { UInt64($0) }
      cpu.quota = host.cpuQuota.flatMap { $0 == 0 ? nil : $0 }
    }
    cpu.realtimePeriod = positive(host.cpuRealtimePeriod).map { UInt64($0) }
    cpu.realtimeRuntime = positive(host.cpuRealtimeRuntime)
    cpu.cpus = host.cpusetCpus.flatMap { $0.isEmpty ? nil : $0 }
    cpu.mems = host.cpusetMems.flatMap { $0.isEmpty ? nil : $0 }
    return cpu == RuntimeCPU() ? nil : cpu
  }

  private static func blockIO(_ host: HostConfig) -> RuntimeBlockIO? {
    guard let weight = host.blkioWeight, weight > 0 else { return nil }
    return RuntimeBlockIO(weight: UInt16(clamping: weight))
  }
}
