public import EngineAPI
import Glibc
import JSON
import LinuxSystem

/// What the engine says about itself and its host.
public final class SystemService: Sendable {
  private let configuration: EngineConfiguration
  private let id: String
  private let containers: ContainerService
  private let images: ImageService
  private let volumes: VolumeService
  private let events: EventBus
  private let drivers: @Sendable () -> DriverNames
  private let warnings: @Sendable () -> [String]
  private let isV2: Bool
  private let hasAppArmor: Bool

  struct DriverNames: Sendable {
    var network: [String]
    var volume: [String]
    var log: [String]
  }

  init(
    configuration: EngineConfiguration, id: String, containers: ContainerService, images: ImageService,
    volumes: VolumeService, events: EventBus, isV2: Bool, hasAppArmor: Bool,
    drivers: @escaping @Sendable () -> DriverNames, warnings: @escaping @Sendable () -> [String]
  ) {
    self.configuration = configuration
    self.id = id
    self.containers = containers
    self.images = images
    self.volumes = volumes
    self.events = events
    self.isV2 = isV2
    self.hasAppArmor = hasAppArmor
    self.drivers = drivers
    self.warnings = warnings
  }

  public func info() async -> SystemInfo {
    var info = SystemInfo()
    var states: [String: Int] = [:]
    let all = containers.registry.all
    for container in all { states[await container.state.status, default: 0] += 1 }
    info.id = id
    info.containers = all.count
    info.containersRunning = states["running", default: 0] + states["restarting", default: 0]
    info.containersPaused = states["paused", default: 0]
    info.containersStopped = all.count - info.containersRunning - info.containersPaused
    info.images =
      (try? await images.list(all: false, filters: Filters(), sharedSize: false, manifests: false).count) ?? 0
    info.driver = "overlay"
    info.driverStatus = [["Backing Filesystem", "extfs"]]
    let names = drivers()
    info.plugins = PluginsInfo(volume: names.volume, network: names.network, authorization: nil, log: names.log)
    info.memoryLimit = true
    info.swapLimit = true
    info.cpuCfsPeriod = true
    info.cpuCfsQuota = true
    info.cpuShares = true
    info.cpuSet = true
    info.pidsLimit = true
    info.oomKillDisable = !isV2
    info.ipv4Forwarding = (try? File.readText("/proc/sys/net/ipv4/ip_forward"))?.hasPrefix("1") ?? false
    info.debug = configuration.debug
    info.nFd = ((try? Directory.names("/proc/self/fd"))?.count ?? 1) - 1
    info.systemTime = Timestamp.now().description
    info.loggingDriver = configuration.defaultLogDriver
    info.cgroupDriver = "cgroupfs"
    info.cgroupVersion = isV2 ? "2" : "1"
    info.nEventsListener = events.subscriberCount
    let system = HostSystem.current
    info.kernelVersion = system.release
    info.architecture = system.machine
    info.operatingSystem = HostSystem.distribution["PRETTY_NAME"] ?? "Linux"
    info.osVersion = HostSystem.distribution["VERSION_ID"] ?? ""
    info.osType = "linux"
    info.indexServerAddress = "https://index.docker.io/v1/"
    info.ncpu = HostFacts.processors
    info.memTotal = HostFacts.memory
    info.dockerRootDir = configuration.dataRoot
    info.name = HostFacts.hostName
    info.labels = configuration.labels
    info.serverVersion = EngineVersion.current
    info.runtimes = ["moonpool": RuntimeInfo(path: configuration.shimPath)]
    info.defaultRuntime = "moonpool"
    info.liveRestoreEnabled = true
    info.initBinary = "moonpool-shim"
    info.securityOptions = (hasAppArmor ? ["name=apparmor"] : []) + ["name=seccomp,profile=builtin"] + ["name=cgroupns"]
    info.warnings = warnings()
    return info
  }

  public func version() -> SystemVersion {
    let system = HostSystem.current
    return SystemVersion(
      platform: VersionPlatform(name: "Moonpool Engine"),
      components: [
        VersionComponent(
          name: "Engine", version: EngineVersion.current,
          details: [
            "ApiVersion": APIVersion.current.description, "MinAPIVersion": APIVersion.minimum.description,
            "Os": "linux", "Arch": system.goArchitecture, "KernelVersion": system.release,
          ])
      ], version: EngineVersion.current, apiVersion: APIVersion.current.description,
      minAPIVersion: APIVersion.minimum.description, gitCommit: "", goVersion: "swift", os: "linux",
      arch: system.goArchitecture, kernelVersion: system.release)
  }

  public func diskUsage() async throws -> DiskUsage {
    let summaries = try await containers.list(options: .init(all: true, size: true))
    let images = try await self.images.list(all: true, filters: Filters(), sharedSize: true, manifests: false)
    return DiskUsage(
      layersSize: images.reduce(0) { $0 + $1.size }, images: images, containers: summaries,
      volumes: try await volumes.list(filters: Filters()).volumes)
  }

  public func authenticate(_ credentials: AuthConfig) async throws -> AuthResponse {
    try await images.authenticate(credentials)
  }
}

/// What uname(2) and os-release(5) say.
struct HostSystem: Sendable {
  var release: String
  var machine: String

  static let current: HostSystem = {
    var system = utsname()
    uname(&system)
    func text<T>(_ field: T) -> String {
      withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return HostSystem(release: text(system.release), machine: text(system.machine))
  }()

  /// Docker's word for the architecture.
  var goArchitecture: String {
    switch machine {
    case "x86_64": "amd64"
    case "aarch64": "arm64"
    default: machine
    }
  }

  static let distribution: [String: String] = {
    guard let text = (try? File.readText("/etc/os-release")) ?? (try? File.readText("/usr/lib/os-release")) else {
      return [:]
    }
    var fields: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      var value = parts[1]
      if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
      fields[String(parts[0])] = String(value)
    }
    return fields
  }()
}
