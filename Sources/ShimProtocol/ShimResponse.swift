/// The answer to one request.
public enum ShimResponse: Sendable {
  case done
  case hello(ShimHello)
  case state(ShimState)
  /// The kinds of the descriptors that came with this message, in order. What the container does not have
  /// (no DNS sockets, no network namespace of its own) is absent.
  case lent([LentDescriptor])
  case exec(ExecStarted)
  case failed(ShimProtocolError)

  public var name: String {
    switch self {
    case .done: "done"
    case .hello: "hello"
    case .state: "state"
    case .lent: "lent"
    case .exec: "exec"
    case .failed: "failed"
    }
  }
}

public struct ExecStarted: Codable, Sendable, Hashable {
  public var id: String
  public var pid: Int32

  public init(id: String, pid: Int32) {
    self.id = id
    self.pid = pid
  }
}

/// A shim's complete state: what a daemon that connects later needs to go on.
public struct ShimState: Codable, Sendable, Hashable {
  public enum Phase: String, Codable, Sendable {
    /// The child is not made yet.
    case creating
    /// Namespaces exist; the child waits for `networkReady` or `start`.
    case created
    case running
    case paused
    /// Ended; `exit` says how. Lasts until `acknowledge`.
    case exited
  }

  public struct Exec: Codable, Sendable, Hashable {
    public var id: String
    public var pid: Int32
    /// Set once it has ended; stays until acknowledged.
    public var exit: ExitStatus?

    public init(id: String, pid: Int32, exit: ExitStatus? = nil) {
      self.id = id
      self.pid = pid
      self.exit = exit
    }
  }

  public var id: String
  public var phase: Phase
  /// The container's init as the shim's pid namespace sees it; 0 before `created`.
  public var pid: Int32
  /// Field 22 of /proc/PID/stat, clock ticks since boot: tells a reused pid apart.
  public var startTime: UInt64
  /// Nanoseconds since 1970; 0 before `started`.
  public var startedAt: Int64
  public var oomKilled: Bool
  public var execs: [Exec]
  public var exit: ExitStatus?
  public var networkReady: Bool
  /// Labels of the descriptors kept.
  public var kept: [String]
  /// Lines of output that could not be written to the log since the start.
  public var droppedLogLines: Int64

  public init(
    id: String, phase: Phase, pid: Int32 = 0, startTime: UInt64 = 0, startedAt: Int64 = 0, oomKilled: Bool = false,
    execs: [Exec] = [], exit: ExitStatus? = nil, networkReady: Bool = false, kept: [String] = [],
    droppedLogLines: Int64 = 0
  ) {
    self.id = id
    self.phase = phase
    self.pid = pid
    self.startTime = startTime
    self.startedAt = startedAt
    self.oomKilled = oomKilled
    self.execs = execs
    self.exit = exit
    self.networkReady = networkReady
    self.kept = kept
    self.droppedLogLines = droppedLogLines
  }
}
