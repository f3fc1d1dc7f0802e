import CLinux

/// Kinds of resource limits (getrlimit(2)); numbers of x86-64 and arm64.
public enum ResourceLimit: Int32, Sendable, Hashable, CaseIterable {
  case cpu = 0
  case fileSize, data, stack, core, residentSet, processes, openFiles, lockedMemory, addressSpace, locks, pendingSignals
  case messageQueue, nice, realtimePriority, realtimeTime

  /// `RLIMIT_NOFILE`.
  public var name: String { "RLIMIT_" + Self.suffixes[Int(rawValue)] }

  private static let suffixes = [
    "CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "NPROC", "NOFILE", "MEMLOCK", "AS", "LOCKS", "SIGPENDING",
    "MSGQUEUE", "NICE", "RTPRIO", "RTTIME",
  ]

  /// Reads `RLIMIT_NOFILE` (the OCI's form) or `nofile` (Docker's).
  public init?(name: String) {
    let upper = name.uppercased()
    let bare = upper.hasPrefix("RLIMIT_") ? String(upper.dropFirst(7)) : upper
    guard let index = Self.suffixes.firstIndex(of: bare) else { return nil }
    self.init(rawValue: Int32(index))
  }

  /// Sets the limit of the calling process; `UInt64.max` is none. A hard limit above one's own needs CAP_SYS_RESOURCE
  /// (`EPERM`), and `openFiles` above fs.nr_open always fails.
  public func set(soft: UInt64, hard: UInt64) throws(SystemError) {
    try check(cl_prlimit(0, rawValue, [soft, hard], nil), "setrlimit \(name)")
  }

  public func get() throws(SystemError) -> (soft: UInt64, hard: UInt64) {
    var values: [UInt64] = [0, 0]
    try check(cl_prlimit(0, rawValue, nil, &values), "getrlimit \(name)")
    return (values[0], values[1])
  }
}
