/// A health check as an image or a create request states it; durations are nanoseconds, 0 inherits.
public struct HealthConfig: Codable, Sendable, Hashable {
  /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", command]`; nil or empty inherits.
  public var test: [String]?
  public var interval: Int64?
  public var timeout: Int64?
  public var startPeriod: Int64?
  public var startInterval: Int64?
  public var retries: Int?

  public init(
    test: [String]? = nil, interval: Int64? = nil, timeout: Int64? = nil, startPeriod: Int64? = nil,
    startInterval: Int64? = nil, retries: Int? = nil
  ) {
    self.test = test
    self.interval = interval
    self.timeout = timeout
    self.startPeriod = startPeriod
    self.startInterval = startInterval
    self.retries = retries
  }

  enum CodingKeys: String, CodingKey {
    case test = "Test"
    case interval = "Interval"
    case timeout = "Timeout"
    case startPeriod = "StartPeriod"
    case startInterval = "StartInterval"
    case retries = "Retries"
  }
}

/// What the health checks of a running container found.
public struct Health: Codable, Sendable, Hashable {
  /// `none`, `starting`, `healthy` or `unhealthy`.
  public var status: String
  public var failingStreak: Int
  public var log: [HealthcheckResult]

  public init(status: String = "", failingStreak: Int = 0, log: [HealthcheckResult] = []) {
    self.status = status
    self.failingStreak = failingStreak
    self.log = log
  }

  enum CodingKeys: String, CodingKey {
    case status = "Status"
    case failingStreak = "FailingStreak"
    case log = "Log"
  }
}

/// One run of a health check.
public struct HealthcheckResult: Codable, Sendable, Hashable {
  public var start: String
  public var end: String
  public var exitCode: Int
  public var output: String

  public init(start: String = "", end: String = "", exitCode: Int = 0, output: String = "") {
    self.start = start
    self.end = end
    self.exitCode = exitCode
    self.output = output
  }

  enum CodingKeys: String, CodingKey {
    case start = "Start"
    case end = "End"
    case exitCode = "ExitCode"
    case output = "Output"
  }
}
