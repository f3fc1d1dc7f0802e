/// An exec as `GET /exec/{id}/json` shows it.
public struct ExecInspect: Codable, Sendable, Hashable {
  public var id: String
  public var running: Bool
  /// nil until it ended.
  public var exitCode: Int?
  public var processConfig: ExecProcess
  public var openStdin: Bool
  public var openStderr: Bool
  public var openStdout: Bool
  public var canRemove: Bool
  public var containerID: String
  public var detachKeys: String
  public var pid: Int

  public init(
    id: String = "", running: Bool = false, exitCode: Int? = nil, processConfig: ExecProcess = ExecProcess(),
    openStdin: Bool = false, openStderr: Bool = false, openStdout: Bool = false, canRemove: Bool = false,
    containerID: String = "", detachKeys: String = "", pid: Int = 0
  ) {
    self.id = id
    self.running = running
    self.exitCode = exitCode
    self.processConfig = processConfig
    self.openStdin = openStdin
    self.openStderr = openStderr
    self.openStdout = openStdout
    self.canRemove = canRemove
    self.containerID = containerID
    self.detachKeys = detachKeys
    self.pid = pid
  }

  enum CodingKeys: String, DockerKey {
    case id = "ID"
    case running = "Running"
    case exitCode = "ExitCode"
    case processConfig = "ProcessConfig"
    case openStdin = "OpenStdin"
    case openStderr = "OpenStderr"
    case openStdout = "OpenStdout"
    case canRemove = "CanRemove"
    case containerID = "ContainerID"
    case detachKeys = "DetachKeys"
    case pid = "Pid"

    static let omittedWhenNil: Set<CodingKeys> = []
  }
}

/// The program of an exec.
public struct ExecProcess: Codable, Sendable, Hashable, ZeroValue {
  public var tty: Bool
  public var entrypoint: String
  public var arguments: [String]
  public var privileged: Bool?
  public var user: String?

  public init(
    tty: Bool = false, entrypoint: String = "", arguments: [String] = [], privileged: Bool? = nil,
    user: String? = nil
  ) {
    self.tty = tty
    self.entrypoint = entrypoint
    self.arguments = arguments
    self.privileged = privileged
    self.user = user
  }

  public init() { self.init(tty: false) }

  enum CodingKeys: String, DockerKey {
    case tty
    case entrypoint
    case arguments
    case privileged
    case user

    static let omittedWhenNil: Set<CodingKeys> = [.user, .privileged]
  }
}
