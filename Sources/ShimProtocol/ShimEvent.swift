/// What a shim tells every connection that has said hello. Events carry no id; a daemon that connects later
/// learns the same from `state`.
public enum ShimEvent: Sendable {
  /// The child exists in its namespaces and waits. The descriptors named in `descriptors` come with it, in
  /// order: `netns` and `netlink` where the container has its own network namespace.
  case created(ContainerCreated)
  /// The container's program was executed.
  case started(ContainerStarted)
  /// The container could not be created or started; `exited` follows.
  case failed(ShimProtocolError)
  /// The last output is in the log and in every attached socket, the exit file is written.
  case exited(ExitStatus)
  case execExited(ExecExited)
  /// The OOM killer struck in the container's cgroup.
  case oom
  /// Log lines could not be written and are lost; the container goes on.
  case logError(LogFailure)
  /// From a newer shim: ignore it.
  case unknown(String)

  public var name: String {
    switch self {
    case .created: "created"
    case .started: "started"
    case .failed: "failed"
    case .exited: "exited"
    case .execExited: "execExited"
    case .oom: "oom"
    case .logError: "logError"
    case .unknown(let name): name
    }
  }
}

public struct ContainerCreated: Codable, Sendable, Hashable {
  public var pid: Int32
  /// Field 22 of /proc/PID/stat.
  public var startTime: UInt64
  public var descriptors: [LentDescriptor]

  public init(pid: Int32, startTime: UInt64, descriptors: [LentDescriptor]) {
    self.pid = pid
    self.startTime = startTime
    self.descriptors = descriptors
  }
}

public struct ContainerStarted: Codable, Sendable, Hashable {
  public var pid: Int32
  /// Nanoseconds since 1970.
  public var startedAt: Int64

  public init(pid: Int32, startedAt: Int64) {
    self.pid = pid
    self.startedAt = startedAt
  }
}

public struct ExecExited: Codable, Sendable, Hashable {
  public var id: String
  public var status: ExitStatus

  public init(id: String, status: ExitStatus) {
    self.id = id
    self.status = status
  }
}

public struct LogFailure: Codable, Sendable, Hashable {
  public var message: String
  public var errno: Int32
  /// Lines lost since the container's start.
  public var droppedLines: Int64

  public init(message: String, errno: Int32, droppedLines: Int64) {
    self.message = message
    self.errno = errno
    self.droppedLines = droppedLines
  }
}
