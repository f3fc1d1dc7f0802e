/// The part of an image that a container inherits, as image inspect shows it.
public struct ImageConfig: Codable, Sendable, Hashable {
  public var user: String
  public var exposedPorts: ObjectSet?
  public var env: [String]?
  public var cmd: [String]?
  public var healthcheck: HealthConfig?
  public var argsEscaped: Bool?
  public var volumes: ObjectSet?
  public var workingDir: String
  public var entrypoint: [String]?
  public var onBuild: [String]?
  public var labels: [String: String]?
  public var stopSignal: String?
  public var shell: [String]?

  public init(
    user: String = "", exposedPorts: ObjectSet? = nil, env: [String]? = nil, cmd: [String]? = nil,
    healthcheck: HealthConfig? = nil, argsEscaped: Bool? = nil, volumes: ObjectSet? = nil, workingDir: String = "",
    entrypoint: [String]? = nil, onBuild: [String]? = nil, labels: [String: String]? = nil,
    stopSignal: String? = nil, shell: [String]? = nil
  ) {
    self.user = user
    self.exposedPorts = exposedPorts
    self.env = env
    self.cmd = cmd
    self.healthcheck = healthcheck
    self.argsEscaped = argsEscaped
    self.volumes = volumes
    self.workingDir = workingDir
    self.entrypoint = entrypoint
    self.onBuild = onBuild
    self.labels = labels
    self.stopSignal = stopSignal
    self.shell = shell
  }

  enum CodingKeys: String, DockerKey {
    case user = "User"
    case exposedPorts = "ExposedPorts"
    case env = "Env"
    case cmd = "Cmd"
    case healthcheck = "Healthcheck"
    case argsEscaped = "ArgsEscaped"
    case volumes = "Volumes"
    case workingDir = "WorkingDir"
    case entrypoint = "Entrypoint"
    case onBuild = "OnBuild"
    case labels = "Labels"
    case stopSignal = "StopSignal"
    case shell = "Shell"

    static let omittedWhenNil: Set<CodingKeys> = [.exposedPorts, .healthcheck, .argsEscaped, .stopSignal, .shell]

    static let stringOrList: Set<CodingKeys> = [.cmd, .entrypoint, .shell, .onBuild]
  }
}
