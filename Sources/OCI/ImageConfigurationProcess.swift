extension ImageConfiguration {
  /// How to run the image: the `config` object (OCI config.md, "Properties"; Docker adds health, ONBUILD and shell).
  public struct Process: Sendable, Hashable, Codable {
    public var user: String?
    /// Keys are `80/tcp`; the values are empty objects.
    public var exposedPorts: [String: Empty]?
    /// `NAME=value`, in order.
    public var env: [String]?
    public var entrypoint: [String]?
    public var cmd: [String]?
    /// Keys are paths that get an anonymous volume.
    public var volumes: [String: Empty]?
    public var workingDir: String?
    public var labels: [String: String]?
    /// `SIGTERM`, `15`, …
    public var stopSignal: String?
    /// Seconds.
    public var stopTimeout: Int?
    public var healthcheck: Healthcheck?
    public var onBuild: [String]?
    public var shell: [String]?
    public var argsEscaped: Bool?
    public var hostname: String?
    public var domainname: String?
    public var tty: Bool?
    public var openStdin: Bool?
    public var stdinOnce: Bool?
    public var attachStdin: Bool?
    public var attachStdout: Bool?
    public var attachStderr: Bool?
    public var image: String?

    enum CodingKeys: String, CodingKey {
      case user = "User"
      case exposedPorts = "ExposedPorts"
      case env = "Env"
      case entrypoint = "Entrypoint"
      case cmd = "Cmd"
      case volumes = "Volumes"
      case workingDir = "WorkingDir"
      case labels = "Labels"
      case stopSignal = "StopSignal"
      case stopTimeout = "StopTimeout"
      case healthcheck = "Healthcheck"
      case onBuild = "OnBuild"
      case shell = "Shell"
      case argsEscaped = "ArgsEscaped"
      case hostname = "Hostname"
      case domainname = "Domainname"
      case tty = "Tty"
      case openStdin = "OpenStdin"
      case stdinOnce = "StdinOnce"
      case attachStdin = "AttachStdin"
      case attachStdout = "AttachStdout"
      case attachStderr = "AttachStderr"
      case image = "Image"
    }

    public init() {}
  }

  /// Go's `struct{}`: a set is written as an object of these.
  public struct Empty: Sendable, Hashable, Codable {
    public init() {}
    public init(from decoder: any Decoder) throws {}
    public func encode(to encoder: any Encoder) throws {
      _ = encoder.container(keyedBy: NoKeys.self)
    }

    private enum NoKeys: CodingKey {}
  }

  /// How to ask a container whether it works. Times are in nanoseconds; zero or nil means the default.
  public struct Healthcheck: Sendable, Hashable, Codable {
    /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", "…"]`.
    public var test: [String]?
    public var interval: Int64?
    public var timeout: Int64?
    public var startPeriod: Int64?
    public var startInterval: Int64?
    public var retries: Int?

    enum CodingKeys: String, CodingKey {
      case test = "Test"
      case interval = "Interval"
      case timeout = "Timeout"
      case startPeriod = "StartPeriod"
      case startInterval = "StartInterval"
      case retries = "Retries"
    }

    public init(test: [String]? = nil) { self.test = test }
  }
}
