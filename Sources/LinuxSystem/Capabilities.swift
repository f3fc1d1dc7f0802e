import CLinux

/// A set of Linux capabilities as a bit mask (capabilities(7)).
public struct CapabilitySet: OptionSet, Sendable, Hashable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Names in the kernel's order: bit 0 first, without `CAP_`.
  static let names: [String] = [
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE",
  ]

  public static let sysAdmin = CapabilitySet(bit: 21)
  public static let setUserID = CapabilitySet(bit: 7)
  public static let setGroupID = CapabilitySet(bit: 6)
  public static let setCapabilities = CapabilitySet(bit: 8)

  /// Every capability this library knows a name for.
  public static let named = CapabilitySet(rawValue: (1 << UInt64(names.count)) - 1)

  public init(bit: Int) { rawValue = 1 << UInt64(bit) }

  /// The capability of a name, `CAP_NET_ADMIN` or `net_admin`; nil for an unknown one.
  public init?(name: String) {
    let upper = name.uppercased()
    let bare = upper.hasPrefix("CAP_") ? String(upper.dropFirst(4)) : upper
    guard let bit = Self.names.firstIndex(of: bare) else { return nil }
    self.init(bit: bit)
  }

  /// The set of the names; those it does not know are left out, as a newer specification on an older kernel needs.
  public init(names: some Sequence<String>) {
    self = names.reduce(into: []) { set, name in if let one = CapabilitySet(name: name) { set.insert(one) } }
  }

  /// `CAP_…` names in the kernel's order.
  public var names: [String] {
    Self.names.indices.filter { rawValue & (1 << UInt64($0)) != 0 }.map { "CAP_" + Self.names[$0] }
  }

  /// Bit numbers that are set.
  public var bits: [Int] { (0..<64).filter { rawValue & (1 << UInt64($0)) != 0 } }
}

/// Capabilities of the calling thread.
public enum Capabilities {
  /// The number of the last capability that the running kernel has. Asked by prctl and not read from /proc, which in a
  /// container may say anything.
  public static func last() -> Int {
    var bit = 0
    while bit < 63, cl_prctl(23, UInt(bit + 1), 0, 0, 0) >= 0 { bit += 1 }
    return bit
  }

  /// What the running kernel and this process's bounding set can give.
  public static func bounding() -> CapabilitySet {
    var set: CapabilitySet = []
    for bit in 0...last() where cl_prctl(23, UInt(bit), 0, 0, 0) == 1 { set.insert(CapabilitySet(bit: bit)) }
    return set
  }

  public static func permitted() throws(SystemError) -> CapabilitySet {
    var effective: UInt64 = 0
    var permitted: UInt64 = 0
    var inheritable: UInt64 = 0
    try check(cl_capget(0, &effective, &permitted, &inheritable), "capget")
    return CapabilitySet(rawValue: permitted)
  }

  public static func effective() throws(SystemError) -> CapabilitySet {
    var effective: UInt64 = 0
    var permitted: UInt64 = 0
    var inheritable: UInt64 = 0
    try check(cl_capget(0, &effective, &permitted, &inheritable), "capget")
    return CapabilitySet(rawValue: effective)
  }
}
