/// The state of a container as inspect shows it. Docker shows overlapping booleans; `Status` is the one word.
public struct ContainerState: Codable, Sendable, Hashable, ZeroValue {
  /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
  public var status: String
  public var running: Bool
  public var paused: Bool
  public var restarting: Bool
  public var oomKilled: Bool
  public var dead: Bool
  public var pid: Int
  public var exitCode: Int
  public var error: String
  public var startedAt: String
  public var finishedAt: String
  public var health: Health?

  public init(
    status: String = "", running: Bool = false, paused: Bool = false, restarting: Bool = false,
    oomKilled: Bool = false, dead: Bool = false, pid: Int = 0, exitCode: Int = 0, error: String = "",
    startedAt: String = "0001-01-01T00:00:00Z", finishedAt: String = "0001-01-01T00:00:00Z", health: Health? = nil
  ) {
    self.status = status
    self.running = running
    self.paused = paused
    self.restarting = restarting
    self.oomKilled = oomKilled
    self.dead = dead
    self.pid = pid
    self.exitCode = exitCode
    self.error = error
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.health = health
  }

  public init() { self.init(status: "") }

  enum CodingKeys: String, CodingKey {
    case status = "Status"
    case running = "Running"
    case paused = "Paused"
    case restarting = "Restarting"
    case oomKilled = "OOMKilled"
    case dead = "Dead"
    case pid = "Pid"
    case exitCode = "ExitCode"
    case error = "Error"
    case startedAt = "StartedAt"
    case finishedAt = "FinishedAt"
    case health = "Health"
  }
}
