public import EngineAPI
import LinuxSystem
import OCI
import ShimProtocol

extension ContainerService {
  public func inspect(_ reference: String, size: Bool) async throws -> ContainerInspect {
    let container = try registry.find(reference)
    var view = await self.view(container)
    if size {
      let own = await context.snapshots.size(container: container.id)
      view.sizeRw = own
      view.sizeRootFs = own + ((try? await images.resolve(view.image).size) ?? 0)
    }
    for (index, mount) in view.mounts.enumerated() where mount.type == "volume" {
      if let name = mount.name { view.mounts[index].source = context.volumes.path(of: name) ?? "" }
    }
    return view
  }

  private func view(_ container: Container) async -> ContainerInspect {
    let record = await container.record
    return ContainerView.inspect(
      record, network: context.networks.settings(container: record.id), directory: context.directory(of: record.id),
      upper: context.snapshots.upper(container: record.id), execs: Array(await container.execs))
  }

  public struct ListOptions: Sendable {
    public var all: Bool
    public var limit: Int?
    public var size: Bool
    public var filters: Filters

    public init(all: Bool = false, limit: Int? = nil, size: Bool = false, filters: Filters = Filters()) {
      self.all = all
      self.limit = limit
      self.size = size
      self.filters = filters
    }
  }

  private static let knownFilters: Set = [
    "ancestor", "before", "expose", "exited", "health", "id", "isolation", "is-task", "label", "name", "network",
    "publish", "since", "status", "volume",
  ]

  /// The containers, newest first; running ones only unless `all`, a limit or a filter on the state asks for more.
  public func list(options: ListOptions) async throws -> [ContainerSummary] {
    do { try options.filters.validate(Self.knownFilters) } catch {
      throw EngineError(.invalidArgument, error.message)
    }
    let matcher = try await ContainerFilter(options.filters, registry: registry, images: images)
    let all =
      options.all || options.limit != nil || options.filters.contains("status") || options.filters.contains("exited")
    let now = Timestamp.now()
    var records: [ContainerRecord] = []
    for container in registry.all { records.append(await container.record) }
    records.sort { $0.created > $1.created }

    var summaries: [ContainerSummary] = []
    for record in records {
      if let limit = options.limit, limit > 0, summaries.count == limit { break }
      guard all || record.state.isRunning || record.state.status == "restarting" else { continue }
      let network = context.networks.settings(container: record.id)
      guard matcher.matches(record, network: network) else { continue }
      var summary = ContainerView.summary(record, network: network, now: now)
      if options.size {
        let own = await context.snapshots.size(container: record.id)
        summary.sizeRw = own
        summary.sizeRootFs = own + ((try? await images.resolve(record.image).size) ?? 0)
      }
      summaries.append(summary)
    }
    return summaries
  }

  /// The processes, as ps(1) would list them with `-ef`; read from /proc, since a host need not have ps.
  public func top(_ reference: String, arguments: String?) async throws -> ContainerTop {
    let container = try registry.find(reference)
    guard await container.state.isRunning else {
      throw EngineError(.conflict, "container \(container.id) is not running")
    }
    let path = context.launches.cgroupPath(of: await container.record)
    return try await context.pool.run { try ProcessTable.read(cgroup: path) }
  }

  public func resize(_ reference: String, width: UInt16, height: UInt16) async throws {
    let container = try registry.find(reference)
    _ = try await container.connection().request(.resize(.init(width: width, height: height)))
  }
}
