public import OCI

/// What `CreateOperation` makes a container from: the OCI specification and what the specification cannot say.
public struct ContainerConfiguration: Sendable {
  public var id: String
  public var spec: RuntimeSpec
  /// Absolute path of the bundle; hooks are told, relative bind sources start there.
  public var bundle: String
  /// Absolute path of the root on the host; with `rootMounts` an empty directory that is only the place to mount on.
  public var rootfs: String
  /// Mounted at `rootfs`, in order, inside the container's mount namespace (one overlay as a rule): the host's mount
  /// table never shows them. Empty: `rootfs` itself is the root.
  public var rootMounts: [RuntimeMount]
  /// Compiled filter (`struct sock_filter[]`); nil: none. `spec.linux.seccomp` is not looked at.
  public var seccompProgram: [UInt8]?
  /// `SECCOMP_FILTER_FLAG_…` bits (seccomp(2)).
  public var seccompFlags: UInt32
  public var stdio: StandardStreams
  public var cgroup: CgroupPlacement
  /// Reports `networkOpened` with a route netlink socket and the network namespace, both opened inside.
  public var opensNetwork: Bool
  /// Waits, mounts done, for `PendingProcess.networkReady()` before the sysctls are written.
  public var waitsForNetwork: Bool
  /// Opens UDP and TCP sockets on 127.0.0.11:53 in the network namespace (loopback is set up first).
  public var opensDNSSockets: Bool
  /// The program runs below a small init, which is the running executable (`InitMode`) in pid 1.
  public var usesInit: Bool
  /// `oom_score_adj` of a container whose spec has none; nil: inherited from the caller.
  public var defaultOOMScoreAdjust: Int?
  /// A listening SOCK_SEQPACKET unix socket. With it the container, once created, awaits `start` from whoever connects
  /// (`StartClient`), and the creating process may end. Stays the caller's.
  public var startListener: Int32?

  public init(
    id: String, spec: RuntimeSpec, bundle: String = "/", rootfs: String, rootMounts: [RuntimeMount] = [],
    seccompProgram: [UInt8]? = nil, seccompFlags: UInt32 = 0,
    stdio: StandardStreams = .null, cgroup: CgroupPlacement = CgroupPlacement(),
    opensNetwork: Bool = false, waitsForNetwork: Bool = false, opensDNSSockets: Bool = false, usesInit: Bool = false,
    defaultOOMScoreAdjust: Int? = nil, startListener: Int32? = nil
  ) {
    self.id = id
    self.spec = spec
    self.bundle = bundle
    self.rootfs = rootfs
    self.rootMounts = rootMounts
    self.seccompProgram = seccompProgram
    self.seccompFlags = seccompFlags
    self.stdio = stdio
    self.cgroup = cgroup
    self.opensNetwork = opensNetwork
    self.waitsForNetwork = waitsForNetwork
    self.opensDNSSockets = opensDNSSockets
    self.usesInit = usesInit
    self.defaultOOMScoreAdjust = defaultOOMScoreAdjust
    self.startListener = startListener
  }
}

/// How a new process gets into its cgroup.
public struct CgroupPlacement: Sendable {
  /// Directory of a cgroup v2 group: the process is *born* in it (CLONE_INTO_CGROUP). Stays the caller's.
  public var descriptor: Int32?
  /// Puts a process (by pid) into its groups, before it runs anything of the container: cgroup v1, hybrid.
  public var join: (@Sendable (_ pid: Int32) throws -> Void)?
  /// Run by the new process itself, first of all, instead of `join`: moving oneself into a v1 group takes microseconds,
  /// being moved waits for an RCU grace period (`Cgroup.enter`).
  public var enter: (@Sendable () throws -> Void)?

  public init(
    descriptor: Int32? = nil, join: (@Sendable (_ pid: Int32) throws -> Void)? = nil,
    enter: (@Sendable () throws -> Void)? = nil
  ) {
    self.descriptor = descriptor
    self.join = join
    self.enter = enter
  }
}

/// Where the program's standard streams lead.
public enum StandardStreams: Sendable, Hashable {
  /// All three are /dev/null.
  case null
  /// Pipes whose other ends `PendingProcess.takeStreams()` gives; without `stdin`, standard input is /dev/null.
  case pipes(stdin: Bool)
  /// A new pseudo terminal of the container's own devpts, of this size (0: the kernel's default); its master comes with
  /// `.terminalOpened`.
  case terminal(width: UInt16, height: UInt16)
  /// Descriptors of the caller, which stay the caller's.
  case descriptors(stdin: Int32, stdout: Int32, stderr: Int32)
}
