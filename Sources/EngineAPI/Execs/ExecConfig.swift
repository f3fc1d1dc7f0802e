/// A program to be started in a running container: `POST /containers/{id}/exec`.
public struct ExecConfig: Codable, Sendable, Hashable {
  public var user: String
  public var privileged: Bool
  public var tty: Bool
  public var consoleSize: [Int]?
  public var attachStdin: Bool
  public var attachStderr: Bool
  public var attachStdout: Bool
  public var detachKeys: String
  public var env: [String]?
  public var workingDir: String
  public var cmd: [String]?
  public var detach: Bool

  public init(
    user: String = "", privileged: Bool = false, tty: Bool = false, consoleSize: [Int]? = nil,
    attachStdin: Bool = false, attachStderr: Bool = false, attachStdout: Bool = false, detachKeys: String = "",
    env: [String]? = nil, workingDir: String = "", cmd: [String]? = nil, detach: Bool = false
  ) {
    self.user = user
    self.privileged = privileged
    self.tty = tty
    self.consoleSize = consoleSize
    self.attachStdin = attachStdin
    self.attachStderr = attachStderr
    self.attachStdout = attachStdout
    self.detachKeys = detachKeys
    self.env = env
    self.workingDir = workingDir
    self.cmd = cmd
    self.detach = detach
  }

  enum CodingKeys: String, DockerKey {
    case user = "User"
    case privileged = "Privileged"
    case tty = "Tty"
    case consoleSize = "ConsoleSize"
    case attachStdin = "AttachStdin"
    case attachStderr = "AttachStderr"
    case attachStdout = "AttachStdout"
    case detachKeys = "DetachKeys"
    case env = "Env"
    case workingDir = "WorkingDir"
    case cmd = "Cmd"
    case detach = "Detach"

    static let omittedWhenNil: Set<CodingKeys> = [.consoleSize]

    static let stringOrList: Set<CodingKeys> = [.cmd]
  }
}

/// The answer to creating an exec.
public struct ExecCreateResponse: Codable, Sendable, Hashable {
  public var id: String

  public init(id: String = "") {
    self.id = id
  }

  enum CodingKeys: String, CodingKey {
    case id = "Id"
  }
}

/// How an exec is started: `POST /exec/{id}/start`.
public struct ExecStartConfig: Codable, Sendable, Hashable {
  public var detach: Bool
  public var tty: Bool
  public var consoleSize: [Int]?

  public init(detach: Bool = false, tty: Bool = false, consoleSize: [Int]? = nil) {
    self.detach = detach
    self.tty = tty
    self.consoleSize = consoleSize
  }

  enum CodingKeys: String, CodingKey {
    case detach = "Detach"
    case tty = "Tty"
    case consoleSize = "ConsoleSize"
  }
}
