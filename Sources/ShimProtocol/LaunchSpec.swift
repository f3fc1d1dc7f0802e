public import JSON
public import OCI

/// Everything a shim needs to create one container, given to `moonpool-shim run` as a memfd.
///
/// Written by a daemon, read by a shim that may be older: a reader ignores keys it does not know, and a key
/// added after version 1 is an `Optional`.
public struct LaunchSpec: Codable, Sendable {
  public static let currentVersion = 1

  public var version: Int
  /// The container's full id: names the process (`moonpool-shim`'s argv) and labels messages.
  public var id: String
  public var runtime: RuntimeSpec
  /// The container's root as an absolute path of the host; with `rootMounts` an empty directory that serves
  /// as the mount point inside the container's own mount namespace.
  public var rootfs: String
  /// Mounted at `rootfs`, in order, inside the child's mount namespace (one overlay as a rule).
  public var rootMounts: [RuntimeMount]
  /// The compiled seccomp program (`struct sock_filter[]`); nil: unconfined.
  public var seccomp: Bytes?
  /// Path of the container's cgroup below the root of every hierarchy ("/moonpool/…/ID"); nil: the shim's own.
  public var cgroup: String?
  public var stdio: StdioSpec
  public var log: LogSpec
  public var network: NetworkSpec
  /// Runs the container's program under a small init (`--init`).
  public var useInit: Bool
  /// Where the exit record is written (temp + rename) before `exited` is announced. The daemon deletes it.
  public var exitFile: String
  /// The shim's private directory, present, mode 0700.
  public var runDirectory: String
  /// The shim's own `oom_score_adj`; nil: −999.
  public var shimOOMScoreAdjust: Int?
  /// Labels of the descriptors from number 6 on, in order. The shim keeps them open while the container lives.
  public var keep: [String]

  public init(
    id: String, runtime: RuntimeSpec, rootfs: String, rootMounts: [RuntimeMount] = [], seccomp: Bytes? = nil,
    cgroup: String? = nil, stdio: StdioSpec = StdioSpec(), log: LogSpec = LogSpec(),
    network: NetworkSpec = NetworkSpec(), useInit: Bool = false, exitFile: String, runDirectory: String,
    shimOOMScoreAdjust: Int? = nil, keep: [String] = []
  ) {
    self.version = Self.currentVersion
    self.id = id
    self.runtime = runtime
    self.rootfs = rootfs
    self.rootMounts = rootMounts
    self.seccomp = seccomp
    self.cgroup = cgroup
    self.stdio = stdio
    self.log = log
    self.network = network
    self.useInit = useInit
    self.exitFile = exitFile
    self.runDirectory = runDirectory
    self.shimOOMScoreAdjust = shimOOMScoreAdjust
    self.keep = keep
  }

  /// The bytes of the memfd.
  public func encoded() throws(ShimProtocolError) -> [UInt8] { try ProtocolCoding.encode(self) }

  /// Reads a memfd's bytes. A spec of a later major version is refused with both numbers.
  public init(decoding bytes: [UInt8]) throws(ShimProtocolError) {
    let value = try ProtocolCoding.value(bytes)
    guard let version = value["version"]?.integerValue else {
      throw ShimProtocolError(.malformed, "the launch spec has no version")
    }
    guard version == Self.currentVersion else {
      throw ShimProtocolError(
        .version, "launch spec of version \(version), this shim reads version \(Self.currentVersion)")
    }
    self = try ProtocolCoding.decode(LaunchSpec.self, value)
  }
}

/// The numbers of the descriptors that a shim is started with.
public enum LaunchDescriptor {
  /// Control connection of the daemon that launched it (one end of a SOCK_SEQPACKET socket pair).
  public static let control: Int32 = 3
  /// Memfd with the encoded `LaunchSpec`, read from offset 0.
  public static let spec: Int32 = 4
  /// Listening SOCK_SEQPACKET unix socket on which later daemons connect.
  public static let listener: Int32 = 5
  /// First of the descriptors that `LaunchSpec.keep` labels.
  public static let firstKept: Int32 = 6
}

public struct StdioSpec: Codable, Sendable, Hashable {
  public var terminal: Bool
  /// False: the container's standard input is /dev/null.
  public var openStdin: Bool
  /// Standard input ends for good when the first attached input ends.
  public var stdinOnce: Bool
  /// First size of the terminal; 0: the kernel's default.
  public var width: UInt16
  public var height: UInt16

  public init(
    terminal: Bool = false, openStdin: Bool = false, stdinOnce: Bool = false, width: UInt16 = 0, height: UInt16 = 0
  ) {
    self.terminal = terminal
    self.openStdin = openStdin
    self.stdinOnce = stdinOnce
    self.width = width
    self.height = height
  }
}

/// How the shim writes what the container prints.
public struct LogSpec: Codable, Sendable, Hashable {
  public enum Kind: String, Codable, Sendable {
    /// Docker's `json-file`: one object a line, rotated by size.
    case jsonFile
    /// Stored as `jsonFile` is (readers see one format), with the `local` driver's default limits given by the daemon.
    case local
    case none
  }

  public var kind: Kind
  /// Path of the live file; older ones are `path.1` … `path.(maxFiles−1)`.
  public var path: String
  /// Bytes after which the file is rotated; nil: never.
  public var maxSize: Int64?
  /// Files kept, the live one included; at least 1. With 1 the file is truncated instead.
  public var maxFiles: Int
  /// Written as `attrs` into each line (Docker's `labels`, `env`, `tag` options), keys sorted.
  public var attributes: [String: String]

  public init(
    kind: Kind = .none, path: String = "", maxSize: Int64? = nil, maxFiles: Int = 1, attributes: [String: String] = [:]
  ) {
    self.kind = kind
    self.path = path
    self.maxSize = maxSize
    self.maxFiles = maxFiles
    self.attributes = attributes
  }
}

public struct NetworkSpec: Codable, Sendable, Hashable {
  /// The container waits, after `created`, for `networkReady` before its namespace's sysctls and its program.
  public var wait: Bool
  /// Sockets on 127.0.0.11:53 (UDP, then TCP) are opened inside the network namespace and kept for the daemon.
  public var dns: Bool

  public init(wait: Bool = false, dns: Bool = false) {
    self.wait = wait
    self.dns = dns
  }
}
