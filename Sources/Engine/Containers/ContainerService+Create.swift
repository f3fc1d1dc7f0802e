import Drivers
public import EngineAPI
import JSON
import LinuxSystem
import OCI

extension ContainerService {
  /// Makes a container: everything of it but its processes. What fails half-way leaves nothing behind.
  public func create(
    _ request: ContainerCreateRequest, name: String?, platform: String?, caller: Caller
  ) async throws -> ContainerCreateResponse {
    guard !request.config.image.isEmpty else {
      throw EngineError(.invalidArgument, "no image specified: name one, for example \"debian:12\"")
    }
    let wantedName = name.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }.flatMap { $0.isEmpty ? nil : $0 }
    if let wantedName {
      do { try validateContainerName(wantedName) } catch { throw EngineError(.invalidArgument, error.message) }
    }
    let image = try await images.resolve(request.config.image)
    try checkPlatform(platform, image)

    let id = RandomID.make()
    var draft = ContainerDraft(
      id: id, name: wantedName, config: ImageDefaults.merge(image.configuration.config, into: request.config),
      host: request.hostConfig.filled(), networks: Self.networks(request))
    draft.applyDefaults(context.configuration)
    _ = try RequestValidation.validate(draft.config, draft.host)

    let decision = try await context.policy.create(draft, image: image, caller: caller)
    draft = decision.draft
    var warnings = decision.warnings + (try RequestValidation.validate(draft.config, draft.host))
    try LogConfiguration.validate(draft.host.logConfig)
    guard !((draft.config.entrypoint ?? []) + (draft.config.cmd ?? [])).isEmpty else {
      throw EngineError(.invalidArgument, "no command specified")
    }

    let finalName = try claimName(draft.name, id: id)
    let rollback = Rollback()
    rollback.add { [registry] in registry.release(finalName) }
    do {
      let record = try await make(
        draft, name: finalName, image: image, caller: caller, changes: decision.changes, rollback)
      let container = Container(record: record, context: context)
      registry.add(container, name: finalName)
      rollback.add { [registry] in registry.remove(id) }
      try await container.save(event: "create", durable: true)
    } catch {
      await rollback.undo()
      throw error
    }
    if request.hostConfig.memorySwappiness.map({ $0 >= 0 }) ?? false,
      FileStatus.exists("/sys/fs/cgroup/cgroup.controllers")
    {
      warnings.append(
        "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded."
      )
    }
    return ContainerCreateResponse(id: id, warnings: warnings)
  }

  private func checkPlatform(_ platform: String?, _ image: ResolvedImage) throws(EngineError) {
    guard let platform, !platform.isEmpty else { return }
    let wanted: Platform
    do { wanted = try Platform(platform) } catch { throw EngineError(.invalidArgument, "\(error)") }
    guard wanted.preference(of: image.configuration.platform) != nil else {
      throw EngineError(
        .notFound,
        "image with reference \(image.id) was found but its platform (\(image.configuration.platform)) does not match the specified platform (\(platform))"
      )
    }
  }

  /// The networks asked for: those of the endpoints, and the network mode's.
  private static func networks(_ request: ContainerCreateRequest) -> [String: EndpointSettings] {
    var networks = request.networkingConfig.endpointsConfig ?? [:]
    let mode = request.hostConfig.networkMode ?? ""
    let primary = mode.isEmpty || mode == "default" ? "bridge" : mode
    guard primary != "host", primary != "none", !primary.hasPrefix("container:") else { return [:] }
    if let settings = networks.removeValue(forKey: "default") { networks["bridge"] = settings }
    if networks[primary] == nil { networks[primary] = EndpointSettings() }
    return networks
  }

  private func claimName(_ name: String?, id: String) throws(EngineError) -> String {
    if let name {
      if let owner = registry.claim(name, for: id) { throw nameTaken(name, by: owner) }
      return name
    }
    while true {
      let name = ContainerNames.make { (try? self.registry.find($0)) != nil }
      if registry.claim(name, for: id) == nil { return name }
    }
  }

  private func make(
    _ draft: ContainerDraft, name: String, image: ResolvedImage, caller: Caller, changes: [FieldChange],
    _ rollback: Rollback
  ) async throws -> ContainerRecord {
    let mounts = try await resolveMounts(draft)
    for mount in mounts where mount.kind == .bind && !mount.createSource {
      try await context.pool.run { try LaunchPreparer.checkBind(mount) }
    }
    let record = ContainerRecord(
      id: draft.id, name: name, created: .now(), owner: caller, config: draft.config, hostConfig: draft.host,
      networks: draft.networks, image: image.id, imageReference: draft.config.image,
      platform: image.configuration.os, mounts: mounts, state: .created(.init(failure: nil)), restartCount: 0,
      stoppedByUser: false, changes: changes, eventSeq: 0, lastEvent: nil)

    let directory = context.directory(of: draft.id)
    rollback.add { [context] in try? await context.removeDirectory(of: record) }
    try await context.pool.run { try Directory.makeAll(directory, mode: 0o710) }

    rollback.add { [images] in await images.release(container: draft.id) }
    let layers = try await images.hold(image, container: draft.id)
    rollback.add { [context] in try? await context.snapshots.remove(container: draft.id) }
    try await context.snapshots.prepare(container: draft.id, parents: layers)

    rollback.add { [context] in await context.volumes.forget(container: draft.id) }
    context.volumes.reference(mounts.compactMap(\.name), container: draft.id)
    for mount in mounts where mount.kind == .volume {
      guard let volume = mount.name else { continue }
      try await context.volumes.ensure(
        name: volume, driver: mount.driver ?? "local", options: [:], labels: [:], anonymous: mount.anonymous,
        caller: caller)
      if mount.anonymous {
        rollback.add { [context] in await context.volumes.removeAnonymous(volume, container: draft.id) }
      }
      if mount.copyUp {
        try await context.volumes.populate(
          name: volume, destination: mount.destination, layers: layers.map(\.path), container: record)
      }
    }
    return record
  }

  private func resolveMounts(_ draft: ContainerDraft) async throws -> [MountRecord] {
    var inherited: [(mounts: [MountRecord], mode: String)] = []
    for text in draft.host.volumesFrom ?? [] {
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      guard let reference = parts.first else {
        throw EngineError(.invalidArgument, "invalid volumes-from: \"\(text)\"")
      }
      let mode = parts.count > 1 ? parts[1] : ""
      guard ["", "ro", "rw", "z", "Z"].contains(mode) else {
        throw EngineError(.invalidArgument, "invalid mode for volumes-from: \(mode)")
      }
      let other = await (try registry.find(reference)).record
      inherited.append((other.mounts.filter { $0.kind != .tmpfs }, mode))
    }
    return try MountResolver(config: draft.config, host: draft.host, inherited: inherited).resolve()
  }
}

/// What a request has become on its way: the image's and the daemon's defaults filled in, then changed by hooks.
struct ContainerDraft: Sendable {
  let id: String
  var name: String?
  var config: ContainerConfig
  var host: HostConfig
  var networks: [String: EndpointSettings]

  mutating func applyDefaults(_ configuration: EngineConfiguration) {
    if host.networkMode?.isEmpty ?? true || host.networkMode == "default" { host.networkMode = "bridge" }
    if host.ipcMode?.isEmpty ?? true { host.ipcMode = "private" }
    if host.cgroupnsMode?.isEmpty ?? true { host.cgroupnsMode = host.privileged ?? false ? "host" : "private" }
    if host.shmSize ?? 0 == 0 { host.shmSize = configuration.defaultShmSize }
    if host.runtime?.isEmpty ?? true { host.runtime = "moonpool" }
    var log = host.logConfig ?? LogConfig()
    if log.type.isEmpty {
      log.type = configuration.defaultLogDriver
      log.config = configuration.defaultLogOptions.merging(log.config ?? [:]) { $1 }
    }
    log.config = log.config ?? [:]
    host.logConfig = log
    if host.privileged ?? false {
      host.maskedPaths = []
      host.readonlyPaths = []
    } else {
      host.maskedPaths = host.maskedPaths ?? SpecDefaults.maskedPaths
      host.readonlyPaths = host.readonlyPaths ?? SpecDefaults.readonlyPaths
    }
    if config.hostname.isEmpty, host.networkMode != "host", host.utsMode != "host",
      SpecNamespaces.target(host.networkMode) == nil
    {
      config.hostname = String(id.prefix(12))
    }
  }
}
