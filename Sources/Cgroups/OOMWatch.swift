internal import CLinux
public import LinuxSystem

/// Tells when the OOM killer strikes in a group.
///
/// Watch `descriptor` with epoll for `events`; on readiness call `drain()`. A v1 descriptor also becomes ready when the
/// group is removed.
public struct OOMWatch: ~Copyable, Sendable {
  public let descriptor: OwnedDescriptor
  /// EPOLLIN (v1: an eventfd) or EPOLLPRI (v2: `memory.events`).
  public let events: UInt32
  private let group: Cgroup

  private init(_ descriptor: consuming OwnedDescriptor, _ events: UInt32, _ group: Cgroup) {
    self.descriptor = descriptor
    self.events = events
    self.group = group
  }

  /// Registers with the kernel. Nil where the machine has no memory controller.
  public static func start(_ group: Cgroup) throws(CgroupError) -> OOMWatch? {
    guard let directory = group.directory(of: "memory") else { return nil }
    do throws(SystemError) {
      if group.layout.isV2 {
        let file = try OwnedDescriptor.open(directory + "/memory.events")
        // Only what happens from now on counts.
        _ = try file.readFromStart()
        return OOMWatch(file, 2, group)
      }
      let control = try OwnedDescriptor.open(directory + "/memory.oom_control")
      let closeOnExecNonBlocking: Int32 = 0o2000000 | 0o4000
      let counter = OwnedDescriptor(owning: try check(cl_eventfd(0, closeOnExecNonBlocking), "eventfd"))
      try File.writeOnce("\(counter.rawValue) \(control.rawValue)", to: directory + "/cgroup.event_control")
      return OOMWatch(counter, 1, group)
    } catch {
      throw CgroupError("watching for OOM in \(directory): \(error)", errno: error.errno.rawValue)
    }
  }

  /// Clears readiness and returns how many processes of the group were killed so far.
  public borrowing func drain() -> UInt64 {
    if events == 1 { _ = try? descriptor.read(upTo: 8) } else { _ = try? descriptor.readFromStart() }
    return group.oomKills()
  }
}

extension Cgroup {
  /// Processes of the group and of groups below that the OOM killer has ended so far.
  public func oomKills() -> UInt64 {
    guard let directory = directory(of: "memory") else { return 0 }
    let file = layout.isV2 ? "/memory.events" : "/memory.oom_control"
    return (try? CgroupFile.read(directory + file)).flatMap { CgroupFile.value("oom_kill", in: $0) } ?? 0
  }
}
