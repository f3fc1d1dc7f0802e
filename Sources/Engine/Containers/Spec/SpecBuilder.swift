import EngineAPI
import LinuxSystem
import OCI

/// Builds the runtime spec from the one model that hooks, records and routes share: a pure function.
enum SpecBuilder {
  static func build(_ input: SpecInput) throws(EngineError) -> RuntimeSpec {
    let host = input.record.hostConfig
    let config = input.record.config
    let privileged = host.privileged ?? false
    let security = try SecurityOptions(host.securityOpt ?? [])
    let namespaces = SpecNamespaces.build(host: host, joined: input.joined)
    let ownNetwork = namespaces.contains { $0.type == .network && $0.path == nil }
    let ownHostName = namespaces.contains { $0.type == .uts && $0.path == nil }

    var linux = RuntimeLinux()
    linux.namespaces = namespaces
    linux.cgroupsPath = input.cgroupsPath
    linux.devices = input.devices
    linux.resources = SpecResources.build(host: host, deviceRules: input.deviceRules)
    linux.rootfsPropagation = SpecMounts.rootPropagation(input.mounts)
    linux.sysctl = sysctls(host, ownNetwork: ownNetwork)
    if !privileged && !security.unmasked {
      linux.maskedPaths = host.maskedPaths ?? SpecDefaults.maskedPaths
      linux.readonlyPaths = host.readonlyPaths ?? SpecDefaults.readonlyPaths
    } else {
      linux.maskedPaths = host.maskedPaths ?? []
      linux.readonlyPaths = host.readonlyPaths ?? []
    }

    return RuntimeSpec(
      process: try process(input, security: security, privileged: privileged),
      root: RuntimeRoot(path: "rootfs", readonly: host.readonlyRootfs ?? false),
      hostname: ownHostName ? input.hostName : nil,
      domainname: ownHostName && !config.domainname.isEmpty ? config.domainname : nil,
      mounts: SpecMounts.build(input, privileged: privileged),
      linux: linux,
      annotations: host.annotations ?? [:])
  }

  /// `--sysctl`, and what Docker sets in a network namespace of its own: unprivileged programs may bind low ports and
  /// ping.
  private static func sysctls(_ host: HostConfig, ownNetwork: Bool) -> [String: String] {
    var sysctls: [String: String] = [:]
    if ownNetwork {
      sysctls["net.ipv4.ip_unprivileged_port_start"] = "0"
      sysctls["net.ipv4.ping_group_range"] = "0 2147483647"
    }
    return sysctls.merging(host.sysctls ?? [:]) { $1 }
  }

  private static func process(
    _ input: SpecInput, security: SecurityOptions, privileged: Bool
  ) throws(EngineError) -> RuntimeProcess {
    let config = input.record.config
    let host = input.record.hostConfig
    let arguments = (config.entrypoint ?? []) + (config.cmd ?? [])
    guard !arguments.isEmpty else { throw EngineError(.invalidArgument, "no command specified") }

    var process = RuntimeProcess(args: arguments)
    process.terminal = config.tty
    process.cwd = config.workingDir.isEmpty ? "/" : config.workingDir
    process.env = environment(
      stated: config.env ?? [], hostName: input.hostName, terminal: config.tty, home: input.user.home)
    process.user = RuntimeUser(
      uid: input.user.uid, gid: input.user.gid, additionalGids: input.user.supplementaryGroups)
    process.capabilities = try SpecCapabilities.build(
      add: host.capAdd ?? [], drop: host.capDrop ?? [], privileged: privileged, isRoot: input.user.uid == 0,
      all: input.hostCapabilities)
    process.noNewPrivileges = security.noNewPrivileges
    process.apparmorProfile = apparmor(input.apparmorProfile, security: security, privileged: privileged)
    process.rlimits = try rlimits(host.ulimits ?? [], defaults: input.defaultUlimits)
    process.oomScoreAdj = host.oomScoreAdj ?? 0
    return process
  }

  /// - Parameter loaded: the default profile; nil where the kernel has no AppArmor.
  static func apparmor(_ loaded: String?, security: SecurityOptions, privileged: Bool) -> String? {
    guard let loaded else { return nil }
    return security.apparmor ?? (privileged ? "unconfined" : loaded)
  }

  /// Docker's order: a path, the host name, a terminal's type, then what image and request say.
  static func environment(
    stated: [String], hostName: String, terminal: Bool, home: String
  ) -> [String] {
    func states(_ name: String) -> Bool { stated.contains { $0.hasPrefix(name + "=") || $0 == name } }
    var environment: [String] = []
    if !states("PATH") { environment.append("PATH=\(SpecDefaults.path)") }
    if !states("HOSTNAME") { environment.append("HOSTNAME=\(hostName)") }
    if terminal && !states("TERM") { environment.append("TERM=xterm") }
    // A name without a value asks for the variable to be absent.
    environment += stated.filter { $0.contains("=") }
    if !states("HOME") { environment.append("HOME=\(home)") }
    return environment
  }

  private static func rlimits(
    _ ulimits: [Ulimit], defaults: [Ulimit]
  ) throws(EngineError) -> [RuntimeRlimit] {
    var byName: [String: Ulimit] = [:]
    for limit in defaults + ulimits { byName[limit.name] = limit }
    return byName.values.sorted { $0.name < $1.name }.map { limit in
      // −1 is "unlimited", RLIM_INFINITY.
      RuntimeRlimit(
        type: "RLIMIT_\(limit.name.uppercased())", soft: UInt64(bitPattern: limit.soft),
        hard: UInt64(bitPattern: limit.hard))
    }
  }
}
