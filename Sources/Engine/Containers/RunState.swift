import EngineAPI
import OCI

/// Where a container stands in its life. Each case carries what only that state has.
///
/// (`EngineAPI.ContainerState` is what `docker inspect` shows of it.)
enum RunState: Sendable, Codable {
  /// Never ran. A start that failed leaves its exit code and reason here, as in Docker.
  case created(Created)
  /// A shim is being launched; after a crash of the daemon this is completed or undone.
  case starting(Starting)
  case running(Running)
  case exited(Exited)
  /// Ended, and will be started again by its restart policy or by an exit hook.
  case restarting(Restarting)
  /// Being removed: every trace is on its way out, and the removal is taken up again after a crash.
  case removing(Removing)

  struct Created: Sendable, Codable {
    var failure: Failure?
  }

  struct Failure: Sendable, Codable {
    /// 126, 127 or 128, as the client's exit code.
    var exitCode: Int32
    var message: String
  }

  struct Starting: Sendable, Codable {
    var since: Timestamp
    /// The end of the run before, nil at the first start.
    var previous: Exited?
  }

  struct Running: Sendable, Codable {
    var pid: Int32
    /// Field 22 of /proc/PID/stat: tells a reused pid apart.
    var startTime: UInt64
    var startedAt: Timestamp
    var paused: Bool
    /// The end before this run; `inspect` shows its FinishedAt.
    var previousFinish: Timestamp?
    /// A stop or kill was asked for: the exit that follows is not restarted.
    var stopRequested: Bool
  }

  struct Exited: Sendable, Codable {
    var code: Int32
    var signal: Int32?
    var oomKilled: Bool
    var startedAt: Timestamp
    var finishedAt: Timestamp
    var error: String
  }

  struct Restarting: Sendable, Codable {
    var exit: Exited
    var at: Timestamp
  }

  struct Removing: Sendable, Codable {
    var exit: Exited?
    var volumes: Bool
  }
}

extension RunState {
  /// The word of `docker ps` and `inspect`.
  var status: String {
    switch self {
    case .created, .starting: "created"
    case .running(let running): running.paused ? "paused" : "running"
    case .exited: "exited"
    case .restarting: "restarting"
    case .removing: "removing"
    }
  }

  /// A program of the container exists, paused or not.
  var isRunning: Bool {
    if case .running = self { true } else { false }
  }

  var running: Running? {
    if case .running(let running) = self { running } else { nil }
  }

  /// The last end, where there was one.
  var exit: Exited? {
    switch self {
    case .exited(let exit): exit
    case .restarting(let restarting): restarting.exit
    case .removing(let removing): removing.exit
    case .starting(let starting): starting.previous
    case .created, .running: nil
    }
  }
}
