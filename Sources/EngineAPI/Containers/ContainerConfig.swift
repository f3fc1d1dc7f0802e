/// What a container is whatever machine it runs on: the portable part of a create request, stored with the
/// container and shown as `Config` by inspect.
public struct ContainerConfig: Codable, Sendable, Hashable, ZeroValue {
  public var hostname: String
  public var domainname: String
  /// `user[:group]`, names or numbers.
  public var user: String
  public var attachStdin: Bool
  public var attachStdout: Bool
  public var attachStderr: Bool
  /// `port/protocol` keys: see ``Port``.
  public var exposedPorts: ObjectSet?
  public var tty: Bool
  public var openStdin: Bool
  /// Standard input is closed when the one attached client goes away.
  public var stdinOnce: Bool
  /// `NAME=value`; a `NAME` alone removes the image's variable.
  public var env: [String]?
  /// nil: the image's. A string is accepted for a list of one, as Docker does.
  public var cmd: [String]?
  public var healthcheck: HealthConfig?
  public var argsEscaped: Bool?
  /// The reference as the user wrote it.
  public var image: String
  /// Anonymous volumes by target path.
  public var volumes: ObjectSet?
  public var workingDir: String
  /// nil: the image's; `[]` or `[""]`: none.
  public var entrypoint: [String]?
  public var networkDisabled: Bool?
  public var macAddress: String?
  public var onBuild: [String]?
  public var labels: [String: String]?
  public var stopSignal: String?
  /// Seconds; nil: the daemon's default of ten.
  public var stopTimeout: Int?
  public var shell: [String]?

  public init(
    hostname: String = "", domainname: String = "", user: String = "", attachStdin: Bool = false,
    attachStdout: Bool = false, attachStderr: Bool = false, exposedPorts: ObjectSet? = nil, tty: Bool = false,
    openStdin: Bool = false, stdinOnce: Bool = false, env: [String]? = nil, cmd: [String]? = nil,
    healthcheck: HealthConfig? = nil, argsEscaped: Bool? = nil, image: String = "", volumes: ObjectSet? = nil,
    workingDir: String = "", entrypoint: [String]? = nil, networkDisabled: Bool? = nil, macAddress: String? = nil,
    onBuild: [String]? = nil, labels: [String: String]? = nil, stopSignal: String? = nil, stopTimeout: Int? = nil,
    shell: [String]? = nil
  ) {
    self.hostname = hostname
    self.domainname = domainname
    self.user = user
    self.attachStdin = attachStdin
    self.attachStdout = attachStdout
    self.attachStderr = attachStderr
    self.exposedPorts = exposedPorts
    self.tty = tty
    self.openStdin = openStdin
    self.stdinOnce = stdinOnce
    self.env = env
    self.cmd = cmd
    self.healthcheck = healthcheck
    self.argsEscaped = argsEscaped
    self.image = image
    self.volumes = volumes
    self.workingDir = workingDir
    self.entrypoint = entrypoint
    self.networkDisabled = networkDisabled
    self.macAddress = macAddress
    self.onBuild = onBuild
    self.labels = labels
    self.stopSignal = stopSignal
    self.stopTimeout = stopTimeout
    self.shell = shell
  }

  public init() { self.init(hostname: "") }

  enum CodingKeys: String, DockerKey {
    case hostname = "Hostname"
    case domainname = "Domainname"
    case user = "User"
    case attachStdin = "AttachStdin"
    case attachStdout = "AttachStdout"
    case attachStderr = "AttachStderr"
    case exposedPorts = "ExposedPorts"
    case tty = "Tty"
    case openStdin = "OpenStdin"
    case stdinOnce = "StdinOnce"
    case env = "Env"
    case cmd = "Cmd"
    case healthcheck = "Healthcheck"
    case argsEscaped = "ArgsEscaped"
    case image = "Image"
    case volumes = "Volumes"
    case workingDir = "WorkingDir"
    case entrypoint = "Entrypoint"
    case networkDisabled = "NetworkDisabled"
    case macAddress = "MacAddress"
    case onBuild = "OnBuild"
    case labels = "Labels"
    case stopSignal = "StopSignal"
    case stopTimeout = "StopTimeout"
    case shell = "Shell"

    static let omittedWhenNil: Set<CodingKeys> = [
      .exposedPorts, .healthcheck, .argsEscaped, .networkDisabled, .macAddress, .stopSignal, .stopTimeout, .shell,
    ]

    static let stringOrList: Set<CodingKeys> = [.cmd, .entrypoint, .shell, .onBuild]
  }
}
