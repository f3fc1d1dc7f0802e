/// The program of a container or of an exec (config.md#process).
public struct RuntimeProcess: Codable, Sendable, Hashable {
  public var terminal: Bool?
  public var consoleSize: RuntimeConsoleSize?
  public var user: RuntimeUser
  /// argv; `args[0]` is looked up in the container's `PATH` when it has no slash.
  @OmittedWhenEmpty public var args: [String]
  /// `NAME=value` each.
  @OmittedWhenEmpty public var env: [String]
  /// Absolute; created when absent.
  public var cwd: String
  /// Absent: no capability at all.
  public var capabilities: RuntimeCapabilities?
  @OmittedWhenEmpty public var rlimits: [RuntimeRlimit]
  public var noNewPrivileges: Bool?
  public var apparmorProfile: String?
  public var selinuxLabel: String?
  public var oomScoreAdj: Int?
  public var scheduler: RuntimeScheduler?
  public var ioPriority: RuntimeIOPriority?

  public init(
    terminal: Bool? = nil, consoleSize: RuntimeConsoleSize? = nil, user: RuntimeUser = RuntimeUser(),
    args: [String] = [], env: [String] = [], cwd: String = "/", capabilities: RuntimeCapabilities? = nil,
    rlimits: [RuntimeRlimit] = [], noNewPrivileges: Bool? = nil, apparmorProfile: String? = nil,
    selinuxLabel: String? = nil, oomScoreAdj: Int? = nil, scheduler: RuntimeScheduler? = nil,
    ioPriority: RuntimeIOPriority? = nil
  ) {
    self.terminal = terminal
    self.consoleSize = consoleSize
    self.user = user
    self.args = args
    self.env = env
    self.cwd = cwd
    self.capabilities = capabilities
    self.rlimits = rlimits
    self.noNewPrivileges = noNewPrivileges
    self.apparmorProfile = apparmorProfile
    self.selinuxLabel = selinuxLabel
    self.oomScoreAdj = oomScoreAdj
    self.scheduler = scheduler
    self.ioPriority = ioPriority
  }

  private enum CodingKeys: String, CodingKey {
    case terminal, consoleSize, user, args, env, cwd, capabilities, rlimits, noNewPrivileges
    case apparmorProfile, selinuxLabel, oomScoreAdj, scheduler, ioPriority
  }

  public var hasTerminal: Bool { terminal ?? false }
  public var refusesNewPrivileges: Bool { noNewPrivileges ?? false }
}

/// Size of the terminal in characters.
public struct RuntimeConsoleSize: Codable, Sendable, Hashable {
  public var height: UInt
  public var width: UInt

  public init(height: UInt, width: UInt) {
    self.height = height
    self.width = width
  }

  private enum CodingKeys: String, CodingKey {
    case height, width
  }
}

/// Numeric user and groups inside the container.
///
/// `username` is Docker's `user[:group]` form, resolved by the runtime from the container's own /etc/passwd and /etc/group
/// after its root is mounted; then it replaces the numbers (LinuxSystem's `UserLookup`).
public struct RuntimeUser: Codable, Sendable, Hashable {
  public var uid: UInt32
  public var gid: UInt32
  /// 022 when absent.
  public var umask: UInt32?
  @OmittedWhenEmpty public var additionalGids: [UInt32]
  public var username: String?

  public init(
    uid: UInt32 = 0, gid: UInt32 = 0, umask: UInt32? = nil, additionalGids: [UInt32] = [], username: String? = nil
  ) {
    self.uid = uid
    self.gid = gid
    self.umask = umask
    self.additionalGids = additionalGids
    self.username = username
  }

  private enum CodingKeys: String, CodingKey {
    case uid, gid, umask, additionalGids, username
  }
}

/// Capability names (`CAP_…`) of each set (capabilities(7)).
public struct RuntimeCapabilities: Codable, Sendable, Hashable {
  @OmittedWhenEmpty public var bounding: [String]
  @OmittedWhenEmpty public var effective: [String]
  @OmittedWhenEmpty public var inheritable: [String]
  @OmittedWhenEmpty public var permitted: [String]
  @OmittedWhenEmpty public var ambient: [String]

  public init(
    bounding: [String] = [], effective: [String] = [], inheritable: [String] = [], permitted: [String] = [],
    ambient: [String] = []
  ) {
    self.bounding = bounding
    self.effective = effective
    self.inheritable = inheritable
    self.permitted = permitted
    self.ambient = ambient
  }

  private enum CodingKeys: String, CodingKey {
    case bounding, effective, inheritable, permitted, ambient
  }
}

/// A resource limit: `type` as `RLIMIT_NOFILE`; `UInt64.max` is no limit.
public struct RuntimeRlimit: Codable, Sendable, Hashable {
  public var type: String
  public var soft: UInt64
  public var hard: UInt64

  public init(type: String, soft: UInt64, hard: UInt64) {
    self.type = type
    self.soft = soft
    self.hard = hard
  }

  private enum CodingKeys: String, CodingKey {
    case type, soft, hard
  }
}

/// sched_setattr(2) of the program (config.md#posix-process).
public struct RuntimeScheduler: Codable, Sendable, Hashable {
  /// `SCHED_OTHER`, `SCHED_FIFO`, `SCHED_RR`, `SCHED_BATCH`, `SCHED_IDLE`, `SCHED_DEADLINE`.
  public var policy: String
  public var nice: Int32?
  public var priority: Int32?
  @OmittedWhenEmpty public var flags: [String]
  /// Nanoseconds.
  public var runtime: UInt64?
  /// Nanoseconds.
  public var deadline: UInt64?
  /// Nanoseconds.
  public var period: UInt64?

  public init(
    policy: String, nice: Int32? = nil, priority: Int32? = nil, flags: [String] = [], runtime: UInt64? = nil,
    deadline: UInt64? = nil, period: UInt64? = nil
  ) {
    self.policy = policy
    self.nice = nice
    self.priority = priority
    self.flags = flags
    self.runtime = runtime
    self.deadline = deadline
    self.period = period
  }

  private enum CodingKeys: String, CodingKey {
    case policy, nice, priority, flags, runtime, deadline, period
  }
}

/// ioprio_set(2) of the program.
public struct RuntimeIOPriority: Codable, Sendable, Hashable {
  /// `IOPRIO_CLASS_RT`, `IOPRIO_CLASS_BE` or `IOPRIO_CLASS_IDLE`.
  public var `class`: String
  /// 0 (highest) to 7.
  public var priority: Int

  public init(`class`: String, priority: Int) {
    self.`class` = `class`
    self.priority = priority
  }

  private enum CodingKeys: String, CodingKey {
    case `class`, priority
  }
}
