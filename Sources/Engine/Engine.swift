import Cgroups
import Drivers
import EngineAPI
import JSON
import LinuxSystem
public import Logging
import Registry
import Scripting
import SeccompCompiler

/// The engine: everything the daemon does, without a word of HTTP.
///
/// `Engine.open` finds what a former daemon left, goes on from it, and is then ready for operations.
public final class Engine: Sendable {
  public let containers: ContainerService
  public let execs: ExecService
  public let images: ImageService
  public let networks: NetworkService
  public let volumes: VolumeService
  public let events: EventBus
  public let system: SystemService

  private let hooks: HookHost
  private let plugins: DriverLoader
  private let journal: Journal
  private let observers: ObserverQueue
  private let snapshots: SnapshotService
  private let context: ContainerContext
  private let logger: Logger

  public static func open(_ configuration: EngineConfiguration, logger: Logger) async throws -> Engine {
    let engine = try await Engine(configuration, logger: logger)
    await engine.recover()
    return engine
  }

  private init(_ configuration: EngineConfiguration, logger: Logger) async throws {
    self.logger = logger
    let layout = DataLayout(configuration)
    try layout.make()
    let id = try layout.daemonID()
    let shortID = String(id.prefix(12))
    let mark = "moonpool:\(shortID)"
    let pool = BlockingPool(threads: 4)
    let reactor = try Reactor()

    let journal = try Journal(path: "\(configuration.dataRoot)/journal.db", logger: logger)
    self.journal = journal
    events = EventBus()
    let services = EngineHookServices(
      store: try HookStore(path: "\(configuration.dataRoot)/store.db"), logger: logger, version: EngineVersion.current)
    let hooks = HookHost(
      directory: configuration.hooksDirectory, versions: "\(configuration.dataRoot)/hook-versions",
      services: services, logger: logger)
    self.hooks = hooks
    await hooks.start()
    let drivers = DriverRegistry()
    plugins = DriverLoader(
      shipped: configuration.shippedPlugins, site: configuration.sitePlugins, registry: drivers, services: services,
      logger: logger)
    await plugins.start()

    observers = ObserverQueue(
      journal: journal, logger: logger,
      interested: { name in EventName(rawValue: name).map { hooks.observers(for: $0) } ?? [] },
      deliver: { event, observer in await Self.deliver(event, to: observer, hooks) })
    let publisher = EventPublisher(journal: journal, bus: events, observers: observers)
    let gate = OperationGate(hooks: hooks, journal: journal, logger: logger)
    let registry = ContainerRegistry()

    networks = try await NetworkService(
      configuration: configuration, daemonID: shortID, drivers: drivers, publisher: publisher, gate: gate, pool: pool,
      logger: logger)
    volumes = try await VolumeService(
      configuration: configuration, daemonID: shortID, drivers: drivers, publisher: publisher, gate: gate, pool: pool,
      logger: logger)
    snapshots = try await SnapshotService(
      configuration: configuration, daemonID: shortID, drivers: drivers, pool: pool, logger: logger)
    images = try await ImageService(
      configuration: configuration, publisher: publisher, gate: gate, pool: pool, logger: logger,
      users: { await registry.imageUses() })

    let apparmor = AppArmorProfile.find(logger: logger)
    let launches = LaunchPreparer(
      configuration: configuration, daemonID: shortID, networks: networks, volumes: volumes, snapshots: snapshots,
      seccomp: SeccompCache(
        compiler: SeccompCompiler(cacheDirectory: "\(configuration.dataRoot)/seccomp"), pool: pool),
      registry: registry, pool: pool, apparmorProfile: apparmor)
    let execs = ExecRegistry(
      container: { try? registry.find($0) },
      announce: { action, entry, details in
        guard let container = try? registry.find(entry.containerID) else { return }
        publisher.announce(action, container: await container.record, details)
      })
    context = ContainerContext(
      configuration: configuration, mark: mark,
      records: try RecordStore(kind: "containers", root: layout.records, pool: pool, logger: logger),
      shims: try ShimLauncher(
        shimPath: configuration.shimPath, execRoot: configuration.execRoot, reactor: reactor, pool: pool),
      launches: launches, networks: networks, volumes: volumes, snapshots: snapshots, images: images,
      policy: ContainerPolicy(gate: gate, logger: logger), publisher: publisher, execs: execs, registry: registry,
      watcher: try FileWatcher(reactor: reactor), pool: pool, logger: logger)
    containers = ContainerService(context: context, registry: registry, images: images, gate: gate)
    self.execs = ExecService(context: context, registry: registry, images: images)

    let records = context.records
    system = SystemService(
      configuration: configuration, id: id, containers: containers, images: images, volumes: volumes, events: events,
      isV2: (try? CgroupLayout.discover().isV2) ?? false, hasAppArmor: apparmor != nil,
      drivers: {
        SystemService.DriverNames(
          network: drivers.names(.network), volume: drivers.names(.volume), log: ["json-file", "local", "none"])
      },
      warnings: {
        records.quarantined().map { "WARNING: the record \($0) could not be read and was set aside" }
          + hooks.status.filter { $0.state != .active }.map {
            "WARNING: hook \($0.name) is \($0.state.rawValue): \($0.reason ?? "")"
          }
      })
  }

  private static func deliver(_ event: EngineEvent, to observer: String, _ hooks: HookHost) async -> DeliveryOutcome {
    guard let name = event.hookEvent.flatMap(EventName.init(rawValue:)), var payload = event.payload else {
      return .done
    }
    payload["id"] = .string("event-\(event.seq)")
    switch await hooks.deliver(name, payload: payload, to: observer) {
    case .done: return .done
    case .dropped(let why): return .dropped(why)
    case .failed(let failure): return .failed(failure.message)
    }
  }

  // MARK: After a restart

  /// Goes on from what a former daemon left: containers first, then what belongs to no container any more.
  private func recover() async {
    do {
      for (_, record) in try await context.records.load() {
        context.registry.add(Container(record: record, context: context), name: record.name)
      }
    } catch {
      logger.critical("the containers' records cannot be read", metadata: ["error": "\(error)"])
    }
    await restoreEvents()
    let all = context.registry.all
    let names = await volumeNames(of: all)
    await volumes.recover(containers: names)
    await snapshots.recover(known: Set(all.map(\.id)))
    await images.recover(holds: await holds(of: all))
    await withTaskGroup { group in
      for container in all {
        group.addTask { [logger] in
          do { try await container.lane.run { try await container.recover() } } catch {
            logger.error(
              "a container could not be recovered", metadata: ["id": "\(container.id)", "error": "\(error)"])
          }
        }
      }
    }
    var living: Set<String> = []
    for container in context.registry.all where await container.state.isRunning { living.insert(container.id) }
    await networks.recover(living: living)
    await removeOrphans(known: Set(context.registry.all.map(\.id)))
    await startAtBoot()
    do { try await observers.resume() } catch {
      logger.error("what observers are owed cannot be read", metadata: ["error": "\(error)"])
    }
  }

  private func holds(of containers: [Container]) async -> [String: (image: String, layers: [String])] {
    var holds: [String: (image: String, layers: [String])] = [:]
    for container in containers {
      let layers = snapshots.parents(container: container.id).map(\.key)
      holds[container.id] = (await container.record.image, layers)
    }
    return holds
  }

  private func volumeNames(of containers: [Container]) async -> [String: [String]] {
    var names: [String: [String]] = [:]
    for container in containers { names[container.id] = await container.record.mounts.compactMap(\.name) }
    return names
  }

  /// A record that is ahead of the journal puts its last event there again.
  private func restoreEvents() async {
    var newest = journal.newestSeq
    for container in context.registry.all {
      let record = await container.record
      journal.advance(past: record.eventSeq)
      guard record.eventSeq > newest, let last = record.lastEvent,
        let event = try? JSON.decode(EngineEvent.self, from: last)
      else { continue }
      context.publisher.publish(event)
      newest = max(newest, journal.newestSeq)
    }
    events.preload(((try? await journal.newest(256)) ?? []).map(\.message))
  }

  /// Runs, shims and directories that no record names.
  private func removeOrphans(known: Set<String>) async {
    let root = context.shims.execRoot + "/containers"
    let names = (try? await context.pool.run { try Directory.names(root) }) ?? []
    for id in names where !known.contains(id) {
      logger.warning("ending a run that no record names", metadata: ["container": "\(id)"])
      if let connection = try? await context.shims.connect(id) {
        await OrphanedRun.end(connection, mark: context.mark)
      }
      try? await context.shims.removeRunDirectory(id)
    }
    let directories =
      (try? await context.pool.run { [context] in
        try Directory.names("\(context.configuration.dataRoot)/containers")
      }) ?? []
    for id in directories where !known.contains(id) {
      let path = context.directory(of: id)
      try? await context.pool.run { try Directory.removeAll(path) }
    }
  }

  /// Starts what its restart policy wants running.
  private func startAtBoot() async {
    for container in context.registry.all {
      let record = await container.record
      guard !record.state.isRunning, record.state.status != "restarting" else { continue }
      guard
        RestartDecision.startsAtBoot(
          policy: record.hostConfig.restartPolicy, stoppedByUser: record.stoppedByUser,
          hasRun: record.state.exit != nil)
      else { continue }
      Task { [logger] in
        do {
          try await container.lane.run {
            try await container.start(by: .engine(via: "boot"), restart: RestartInfo(attempt: 1, reason: "boot"))
          }
        } catch {
          logger.warning("a container was not started", metadata: ["id": "\(container.id)", "error": "\(error)"])
        }
      }
    }
  }

  /// The daemon's cgroup subtree goes with the daemon unless containers are in it.
  private func removeCgroupRoot() async {
    for container in context.registry.all where await container.state.isRunning { return }
    guard context.configuration.cgroupParent == nil else { return }
    let path = context.launches.cgroupRoot
    try? await context.pool.run { try Cgroup(path, in: try CgroupLayout.discover()).delete(timeout: .zero) }
  }

  /// Ends the daemon's own work. Containers go on.
  public func close() async {
    hooks.stop()
    plugins.stop()
    observers.stop()
    await removeCgroupRoot()
    try? await images.close()
    try? await journal.close()
  }
}
