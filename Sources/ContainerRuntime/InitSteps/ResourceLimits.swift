import LinuxSystem
import OCI

/// Resource limits, while root: raising a hard limit needs CAP_SYS_RESOURCE. A limit the kernel refuses (above
/// fs.nr_open, or above the host's own in a nested container) ends the start with its name, never silently.
enum ResourceLimits {
  static func apply(_ limits: [RuntimeRlimit]) throws {
    var seen: Set<ResourceLimit> = []
    for limit in limits {
      guard let kind = ResourceLimit(name: limit.type) else {
        throw RuntimeError(.invalidConfiguration, step: "rlimits", "\"\(limit.type)\" is no resource limit")
      }
      guard seen.insert(kind).inserted else {
        throw RuntimeError(.invalidConfiguration, step: "rlimits", "\(limit.type) is given twice")
      }
      guard limit.soft <= limit.hard else {
        throw RuntimeError(
          .invalidConfiguration, step: "rlimits",
          "\(limit.type): the soft limit \(limit.soft) is above the hard limit \(limit.hard)")
      }
      try kind.set(soft: limit.soft, hard: limit.hard)
    }
  }
}
