internal import EngineAPI
internal import EngineClient
internal import JSON

enum UpdateCommand: CommandDefinition {
  static let names = [
    "blkio-weight", "cpu-period", "cpu-quota", "cpu-rt-period", "cpu-rt-runtime", "cpu-shares", "cpus", "cpuset-cpus",
    "cpuset-mems", "memory", "memory-reservation", "memory-swap", "pids-limit", "restart",
  ]

  static var command: Command {
    Command(
      summary: "Update configuration of one or more containers", synopsis: "[OPTIONS] CONTAINER [CONTAINER...]",
      arguments: .atLeast(1),
      flags: ContainerFlags.table.filter { names.contains($0.name) }
    ) { invocation in
      let (flags, session) = (invocation.flags, invocation.session)
      guard names.contains(where: flags.isSet) else {
        throw CommandFailure("you must provide one or more flags when using this command")
      }
      // The same meaning as in create: what is left unset there is left alone here.
      let options = try ContainerOptions(flags.with(table: ContainerFlags.table), .real)
      var update = ContainerUpdateRequest(hostConfig: HostConfig())
      let host = options.request.hostConfig
      update.hostConfig.blkioWeight = host.blkioWeight
      update.hostConfig.cpuPeriod = host.cpuPeriod
      update.hostConfig.cpuQuota = host.cpuQuota
      update.hostConfig.cpuRealtimePeriod = host.cpuRealtimePeriod
      update.hostConfig.cpuRealtimeRuntime = host.cpuRealtimeRuntime
      update.hostConfig.cpuShares = host.cpuShares
      update.hostConfig.nanoCPUs = host.nanoCPUs
      update.hostConfig.cpusetCpus = host.cpusetCpus
      update.hostConfig.cpusetMems = host.cpusetMems
      update.hostConfig.memory = host.memory
      update.hostConfig.memoryReservation = host.memoryReservation
      update.hostConfig.memorySwap = host.memorySwap
      update.hostConfig.pidsLimit = host.pidsLimit
      update.hostConfig.restartPolicy = flags.isSet("restart") ? host.restartPolicy : nil
      let body = try JSON.encode(update)
      let client = try session.client()
      return ForEach.container(invocation, "update") { name in
        let answer = try client.json(
          Request(.post, "/containers/\(Request.segment(name))/update", bytes: body))
        for warning in answer["Warnings"]?.arrayValue ?? [] {
          session.errors.print(warning.stringValue ?? "")
        }
      }
    }
  }
}
