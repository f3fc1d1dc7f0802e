extension HostConfig {
  /// This configuration with Docker's zero values where nothing was stated: the form that is stored and that inspect
  /// shows. Fields for which nil means something (`PidsLimit`, `MemorySwappiness`, `OomKillDisable`, `Init`, lists)
  /// stay nil.
  public func filled() -> HostConfig {
    var host = self
    host.containerIDFile = containerIDFile ?? ""
    host.logConfig = logConfig ?? LogConfig(type: "", config: [:])
    host.networkMode = networkMode ?? ""
    host.portBindings = portBindings ?? [:]
    host.restartPolicy = restartPolicy ?? RestartPolicy(name: "no")
    host.autoRemove = autoRemove ?? false
    host.volumeDriver = volumeDriver ?? ""
    host.consoleSize = consoleSize ?? [0, 0]
    host.cgroupnsMode = cgroupnsMode ?? ""
    host.dns = dns ?? []
    host.dnsOptions = dnsOptions ?? []
    host.dnsSearch = dnsSearch ?? []
    host.ipcMode = ipcMode ?? ""
    host.cgroup = cgroup ?? ""
    host.oomScoreAdj = oomScoreAdj ?? 0
    host.pidMode = pidMode ?? ""
    host.privileged = privileged ?? false
    host.publishAllPorts = publishAllPorts ?? false
    host.readonlyRootfs = readonlyRootfs ?? false
    host.utsMode = utsMode ?? ""
    host.usernsMode = usernsMode ?? ""
    host.shmSize = shmSize ?? 0
    host.isolation = isolation ?? ""
    host.cpuShares = cpuShares ?? 0
    host.memory = memory ?? 0
    host.nanoCPUs = nanoCPUs ?? 0
    host.cgroupParent = cgroupParent ?? ""
    host.blkioWeight = blkioWeight ?? 0
    host.blkioWeightDevice = blkioWeightDevice ?? []
    host.blkioDeviceReadBps = blkioDeviceReadBps ?? []
    host.blkioDeviceWriteBps = blkioDeviceWriteBps ?? []
    host.blkioDeviceReadIOps = blkioDeviceReadIOps ?? []
    host.blkioDeviceWriteIOps = blkioDeviceWriteIOps ?? []
    host.cpuPeriod = cpuPeriod ?? 0
    host.cpuQuota = cpuQuota ?? 0
    host.cpuRealtimePeriod = cpuRealtimePeriod ?? 0
    host.cpuRealtimeRuntime = cpuRealtimeRuntime ?? 0
    host.cpusetCpus = cpusetCpus ?? ""
    host.cpusetMems = cpusetMems ?? ""
    host.devices = devices ?? []
    host.memoryReservation = memoryReservation ?? 0
    host.memorySwap = memorySwap ?? 0
    host.cpuCount = cpuCount ?? 0
    host.cpuPercent = cpuPercent ?? 0
    host.ioMaximumIOps = ioMaximumIOps ?? 0
    host.ioMaximumBandwidth = ioMaximumBandwidth ?? 0
    return host
  }
}
