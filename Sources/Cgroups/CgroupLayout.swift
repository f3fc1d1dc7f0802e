/// Where the cgroup hierarchies are mounted on this machine.
///
/// Three shapes exist: v2 alone (`hierarchies` empty), v1 alone (`unified` nil) and hybrid: v1 controllers beside a v2
/// mount without any. On a hybrid machine a container has a group in the v2 mount too, because freezing, killing and
/// waiting are better there (`cgroup.freeze`, `cgroup.kill`, `cgroup.events`).
public struct CgroupLayout: Sendable, Hashable {
  /// One v1 mount; controllers may share it (`cpu,cpuacct`).
  public struct Hierarchy: Sendable, Hashable {
    public var mountPoint: String
    public var controllers: [String]

    public init(mountPoint: String, controllers: [String]) {
      self.mountPoint = mountPoint
      self.controllers = controllers
    }
  }

  /// The v1 mounts, in the order of the mount table, without the named ones (`name=systemd`).
  public var hierarchies: [Hierarchy]
  /// The v2 mount.
  public var unified: String?

  public init(hierarchies: [Hierarchy], unified: String?) {
    self.hierarchies = hierarchies
    self.unified = unified
  }

  /// Whether limits are set in cgroup v2.
  public var isV2: Bool { hierarchies.isEmpty && unified != nil }

  /// The mount point of the v1 hierarchy with `controller`.
  public func mountPoint(of controller: String) -> String? {
    hierarchies.first { $0.controllers.contains(controller) }?.mountPoint
  }

  /// Reads /proc/self/mountinfo.
  public static func discover() throws(CgroupError) -> CgroupLayout {
    let layout = CgroupLayout(mountinfo: try CgroupFile.read("/proc/self/mountinfo"))
    guard layout.unified != nil || !layout.hierarchies.isEmpty else {
      throw CgroupError("no cgroup file system is mounted: mount cgroup2 at /sys/fs/cgroup")
    }
    return layout
  }

  /// Picks the cgroup mounts out of a mount table (proc_pid_mountinfo(5)). Of several mounts of one hierarchy the
  /// first counts.
  public init(mountinfo: String) {
    hierarchies = []
    unified = nil
    for line in mountinfo.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), fields.count >= dash + 4, dash >= 6 else { continue }
      let mountPoint = Self.unescape(fields[4])
      switch fields[dash + 1] {
      case "cgroup2":
        if unified == nil { unified = mountPoint }
      case "cgroup":
        let controllers = fields[dash + 3].split(separator: ",").map(String.init)
          .filter { Self.knownControllers.contains($0) }
        if !controllers.isEmpty, !hierarchies.contains(where: { $0.controllers == controllers }) {
          hierarchies.append(Hierarchy(mountPoint: mountPoint, controllers: controllers))
        }
      default: continue
      }
    }
  }

  private static let knownControllers: Set<String> = [
    "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "net_cls", "net_prio", "perf_event",
    "hugetlb", "rdma", "misc",
  ]

  /// `\040` and its like, as the mount table escapes blanks.
  private static func unescape(_ field: Substring) -> String {
    guard field.contains("\\") else { return String(field) }
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest.removeFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
