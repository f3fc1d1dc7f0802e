import Cgroups
import EngineAPI
import LinuxSystem
import Logging
import ShimProtocol

/// What a container needs of the engine around it.
struct ContainerContext: Sendable {
  let configuration: EngineConfiguration
  /// "moonpool:ID": marks everything this daemon makes.
  let mark: String
  let records: RecordStore<ContainerRecord>
  let shims: ShimLauncher
  let launches: LaunchPreparer
  let networks: NetworkService
  let volumes: VolumeService
  let snapshots: SnapshotService
  let images: ImageService
  let policy: ContainerPolicy
  let publisher: EventPublisher
  let execs: ExecRegistry
  let registry: ContainerRegistry
  let watcher: FileWatcher
  let pool: BlockingPool
  let logger: Logger

  func directory(of id: String) -> String { "\(configuration.dataRoot)/containers/\(id)" }

  func removeDirectory(of record: ContainerRecord) async throws {
    let path = directory(of: record.id)
    try await pool.run { try Directory.removeAll(path) }
  }

  func forget(_ id: String) { registry.remove(id) }

  func execEnded(_ id: String, _ status: ExitStatus?) async { await execs.ended(id, status) }

  /// Ends every process in the container's cgroup, for when nobody else holds it.
  func killCgroup(of record: ContainerRecord) async {
    let path = launches.cgroupPath(of: record)
    do {
      try await pool.run {
        let cgroup = Cgroup(path, in: try CgroupLayout.discover())
        try cgroup.killAll()
        try cgroup.delete()
      }
    } catch {
      logger.warning(
        "the container's cgroup could not be ended", metadata: ["cgroup": "\(path)", "error": "\(error)"])
    }
  }
}

/// Why a container is started without a request.
struct RestartInfo: Sendable {
  var attempt: Int
  var reason: String
}

/// When `wait` ends.
public enum WaitCondition: String, Sendable {
  case notRunning = "not-running"
  case nextExit = "next-exit"
  case removed
}
