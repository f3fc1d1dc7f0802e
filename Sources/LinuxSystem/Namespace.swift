import CLinux

/// Kinds of namespaces, as clone and setns flags (namespaces(7)).
public struct NamespaceKinds: OptionSet, Sendable, Hashable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public static let time = NamespaceKinds(rawValue: CL_CLONE_NEWTIME)
  public static let mount = NamespaceKinds(rawValue: CL_CLONE_NEWNS)
  public static let cgroup = NamespaceKinds(rawValue: CL_CLONE_NEWCGROUP)
  public static let uts = NamespaceKinds(rawValue: CL_CLONE_NEWUTS)
  public static let ipc = NamespaceKinds(rawValue: CL_CLONE_NEWIPC)
  public static let user = NamespaceKinds(rawValue: CL_CLONE_NEWUSER)
  public static let pid = NamespaceKinds(rawValue: CL_CLONE_NEWPID)
  public static let network = NamespaceKinds(rawValue: CL_CLONE_NEWNET)

  /// File name below /proc/PID/ns, for exactly one kind.
  public var procName: String? {
    switch self {
    case .time: "time"
    case .mount: "mnt"
    case .cgroup: "cgroup"
    case .uts: "uts"
    case .ipc: "ipc"
    case .user: "user"
    case .pid: "pid"
    case .network: "net"
    default: nil
    }
  }
}

public enum Namespace {
  /// Opens the namespace of one kind that a process is in.
  public static func open(_ kind: NamespaceKinds, ofProcess pid: Int32) throws(SystemError) -> OwnedDescriptor {
    try OwnedDescriptor.open("/proc/\(pid)/ns/\(kind.procName ?? "")")
  }

  /// Moves the calling thread into the namespaces behind a descriptor: of a namespace, or of a process (pidfd).
  /// For `.pid` only children born later are moved.
  public static func enter(_ descriptor: borrowing OwnedDescriptor, _ kinds: NamespaceKinds) throws(SystemError) {
    try enter(raw: descriptor.rawValue, kinds)
  }

  public static func enter(raw descriptor: Int32, _ kinds: NamespaceKinds) throws(SystemError) {
    try check(cl_setns(descriptor, Int32(truncatingIfNeeded: kinds.rawValue)), "setns")
  }

  /// Moves the calling thread into new namespaces.
  public static func unshare(_ kinds: NamespaceKinds) throws(SystemError) {
    try check(cl_unshare(Int32(truncatingIfNeeded: kinds.rawValue)), "unshare")
  }

  /// Whether two namespace descriptors are the same namespace.
  public static func isSame(_ first: String, _ second: String) throws(SystemError) -> Bool {
    let first = try FileStatus.of(first)
    let second = try FileStatus.of(second)
    return first.device == second.device && first.inode == second.inode
  }
}
