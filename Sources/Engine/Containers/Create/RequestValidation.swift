import EngineAPI
import LinuxSystem

/// What is wrong with a create request, in Docker's words; and what is only worth a warning.
enum RequestValidation {
  static func validate(_ config: ContainerConfig, _ host: HostConfig) throws(EngineError) -> [String] {
    do {
      try values(config, host)
    } catch let error as InvalidValue {
      throw EngineError(.invalidArgument, error.message)
    } catch let error as EngineError {
      throw error
    } catch {
      throw EngineError(.invalidArgument, "\(error)")
    }
    return warnings(host)
  }

  private static func invalid(_ message: String) -> EngineError { EngineError(.invalidArgument, message) }

  private static func values(_ config: ContainerConfig, _ host: HostConfig) throws {
    if !config.workingDir.isEmpty, !config.workingDir.hasPrefix("/") {
      throw invalid("the working directory '\(config.workingDir)' is invalid, it needs to be an absolute path")
    }
    if let signal = config.stopSignal, !signal.isEmpty, Signal(signal) == nil {
      throw invalid("invalid signal: \(signal)")
    }
    if config.hostname.utf8.count > 64 { throw invalid("the host name is longer than 64 characters") }
    for variable in config.env ?? [] where variable.isEmpty || variable.hasPrefix("=") {
      throw invalid("invalid environment variable: \(variable)")
    }
    for port in config.exposedPorts ?? [] { _ = try Port(port) }
    for (port, bindings) in host.portBindings ?? [:] {
      _ = try Port(port)
      for binding in bindings ?? [] { _ = try HostPort(binding.hostPort) }
    }
    let policy = host.restartPolicy ?? RestartPolicy()
    if try policy.kind() != .no, host.autoRemove ?? false {
      throw invalid("can't create 'AutoRemove' container with restart policy")
    }
    for limit in host.ulimits ?? [] { try limit.validate() }
    try memory(host)
    try cpu(host)
    if let adjust = host.oomScoreAdj, !(-1000...1000).contains(adjust) {
      throw invalid("Invalid value \(adjust), range for oom score adj is [-1000, 1000]")
    }
    if let shm = host.shmSize, shm < 0 { throw invalid("SHM size can not be less than 0") }
    if let runtime = host.runtime, !["", "moonpool", "runc", "io.containerd.runc.v2"].contains(runtime) {
      throw invalid("unknown or invalid runtime name: \(runtime)")
    }
    if let mode = host.usernsMode, !mode.isEmpty, mode != "host" {
      throw invalid("invalid user namespace mode: \(mode); this engine runs containers in the host's user namespace")
    }
    for name in (host.sysctls ?? [:]).keys where !isNamespaced(sysctl: name) {
      throw invalid("sysctl \"\(name)\" is not in a separate kernel namespace and cannot be set for a container")
    }
    _ = try SecurityOptions(host.securityOpt ?? [])
    let known = CapabilitySet.named.names
    _ = try SpecCapabilities.effective(
      add: host.capAdd ?? [], drop: host.capDrop ?? [], privileged: false, all: known)
    for (_, device) in (host.devices ?? []).enumerated() where !device.pathOnHost.hasPrefix("/") {
      throw invalid("\(device.pathOnHost) is not an absolute path")
    }
    if !(host.deviceRequests ?? []).isEmpty {
      throw invalid("could not select device driver with capabilities: no device driver is installed")
    }
  }

  private static func memory(_ host: HostConfig) throws {
    let memory = host.memory ?? 0
    let swap = host.memorySwap ?? 0
    let reservation = host.memoryReservation ?? 0
    if memory != 0, memory < 6 << 20 { throw invalid("Minimum memory limit allowed is 6MB") }
    if memory > 0, swap > 0, swap < memory {
      throw invalid("Minimum memoryswap limit should be larger than memory limit, see usage")
    }
    if memory == 0, swap > 0 {
      throw invalid("You should always set the Memory limit when using Memoryswap limit, see usage")
    }
    if let swappiness = host.memorySwappiness, !(-1...100).contains(swappiness) {
      throw invalid("Invalid value: \(swappiness), valid memory swappiness range is 0-100")
    }
    if memory > 0, reservation > 0, memory < reservation {
      throw invalid("Minimum memory limit can not be less than memory reservation limit, see usage")
    }
  }

  private static func cpu(_ host: HostConfig) throws {
    let nano = host.nanoCPUs ?? 0
    if nano > 0, host.cpuPeriod ?? 0 > 0 {
      throw invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set")
    }
    if nano > 0, host.cpuQuota ?? 0 > 0 {
      throw invalid("Conflicting options: Nano CPUs and CPU Quota cannot both be set")
    }
    let available = Int64(HostFacts.processors)
    if nano < 0 || nano > available * 1_000_000_000 {
      throw invalid(
        "range of CPUs is from 0.01 to \(available).00, as there are only \(available) CPUs available")
    }
    if let quota = host.cpuQuota, quota > 0, quota < 1000 {
      throw invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)")
    }
  }

  /// What belongs to a container's own namespaces (`ipc`, `net`): Docker's list.
  private static func isNamespaced(sysctl name: String) -> Bool {
    let ipc: Set = [
      "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
      "kernel.shmmni", "kernel.shm_rmid_forced",
    ]
    return ipc.contains(name) || name.hasPrefix("net.") || name.hasPrefix("fs.mqueue.")
  }

  private static func warnings(_ host: HostConfig) -> [String] {
    var warnings: [String] = []
    if host.oomKillDisable == true, host.memory ?? 0 == 0 {
      warnings.append(
        "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources."
      )
    }
    if host.kernelMemory ?? 0 > 0 { warnings.append("kernel memory limits are ignored: the kernel has dropped them") }
    return warnings
  }
}
