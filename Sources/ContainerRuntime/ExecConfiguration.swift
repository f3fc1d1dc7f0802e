public import OCI

/// What `ExecOperation` runs in a container.
public struct ExecConfiguration: Sendable {
  /// The container's first process (pid of the caller's namespace), whose namespaces are entered.
  public var containerPID: Int32
  public var process: RuntimeProcess
  /// Compiled filter; nil: none.
  public var seccompProgram: [UInt8]?
  public var seccompFlags: UInt32
  public var stdio: StandardStreams
  public var cgroup: CgroupPlacement
  /// `oom_score_adj` of a process that has none; nil: inherited from the caller.
  public var defaultOOMScoreAdjust: Int?

  public init(
    containerPID: Int32, process: RuntimeProcess, seccompProgram: [UInt8]? = nil, seccompFlags: UInt32 = 0,
    stdio: StandardStreams = .null,
    cgroup: CgroupPlacement = CgroupPlacement(), defaultOOMScoreAdjust: Int? = nil
  ) {
    self.containerPID = containerPID
    self.process = process
    self.seccompProgram = seccompProgram
    self.seccompFlags = seccompFlags
    self.stdio = stdio
    self.cgroup = cgroup
    self.defaultOOMScoreAdjust = defaultOOMScoreAdjust
  }
}
