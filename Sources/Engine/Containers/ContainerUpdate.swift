import EngineAPI

/// `docker update`: the limits of a request over those that stand; what is absent or zero stays.
enum ContainerUpdate {
  static func apply(_ request: ContainerUpdateRequest, to host: HostConfig) -> HostConfig {
    var host = host
    func set<Value: BinaryInteger>(_ path: WritableKeyPath<HostConfig, Value?>, _ value: Value?) {
      if let value, value != 0 { host[keyPath: path] = value }
    }
    func set(_ path: WritableKeyPath<HostConfig, String?>, _ value: String?) {
      if let value, !value.isEmpty { host[keyPath: path] = value }
    }
    set(\.blkioWeight, request.hostConfig.blkioWeight)
    set(\.cpuShares, request.hostConfig.cpuShares)
    set(\.cpuPeriod, request.hostConfig.cpuPeriod)
    set(\.cpuQuota, request.hostConfig.cpuQuota)
    set(\.nanoCPUs, request.hostConfig.nanoCPUs)
    set(\.cpusetCpus, request.hostConfig.cpusetCpus)
    set(\.cpusetMems, request.hostConfig.cpusetMems)
    set(\.memory, request.hostConfig.memory)
    set(\.memoryReservation, request.hostConfig.memoryReservation)
    set(\.memorySwap, request.hostConfig.memorySwap)
    set(\.pidsLimit, request.hostConfig.pidsLimit)
    if let policy = request.hostConfig.restartPolicy, !policy.name.isEmpty { host.restartPolicy = policy }
    return host
  }
}
