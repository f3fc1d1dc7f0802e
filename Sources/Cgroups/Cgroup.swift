internal import CLinux
public import LinuxSystem
public import OCI

/// One container's group in every hierarchy: a path and where the hierarchies are mounted. Holds nothing open.
///
/// ```swift
/// let group = Cgroup("/moonpool/3f2a", in: try .discover())
/// try group.create()
/// try group.apply(resources)
/// try group.add(pid)              // v1; on v2 better `clone3` with `directory()`
/// …
/// try group.killAll()
/// try group.delete()
/// ```
/// Every call blocks only for the kernel's own work, except `freeze`, `killAll` and `delete`, which wait for processes,
/// bounded, by descriptors.
public struct Cgroup: Sendable, Hashable {
  /// Below the mount points, absolute: "/moonpool/ID".
  public let path: String
  public let layout: CgroupLayout

  /// `path` is used as it is, without `.` and `..` components.
  public init(_ path: String, in layout: CgroupLayout) {
    self.path = "/" + path.split(separator: "/").filter { $0 != "." && $0 != ".." }.joined(separator: "/")
    self.layout = layout
  }

  /// The group's directories: one for each v1 mount, then the v2 mount's.
  public var directories: [String] {
    layout.hierarchies.map { $0.mountPoint + path } + (layout.unified.map { [$0 + path] } ?? [])
  }

  /// The directory with `controller`'s files, whatever the version; nil where the machine has no such controller.
  public func directory(of controller: String) -> String? {
    if let mountPoint = layout.mountPoint(of: controller) { return mountPoint + path }
    guard layout.isV2, let unified = layout.unified else { return nil }
    return unified + path
  }

  var unifiedDirectory: String? { layout.unified.map { $0 + path } }

  /// A path of a process's own group, as /proc/PID/cgroup has it, for each mount point.
  public static func path(ofProcess pid: Int32) throws(CgroupError) -> [String: String] {
    var paths: [String: String] = [:]
    for line in try CgroupFile.read("/proc/\(pid)/cgroup").split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      if fields.count == 3 { paths[String(fields[1])] = String(fields[2]) }
    }
    return paths
  }

  // MARK: Making

  /// Makes the group and its missing parents in every hierarchy. A group that is there already is fine.
  ///
  /// v1: a new cpuset group starts empty and could hold no process, so each level gets its parent's CPUs and nodes.
  /// v2: the controllers of every level are enabled for the next.
  public func create() throws(CgroupError) {
    for hierarchy in layout.hierarchies {
      let cpuset = hierarchy.controllers.contains("cpuset")
      try makeLevels(in: hierarchy.mountPoint) { (parent, child) throws(CgroupError) in
        guard cpuset else { return }
        for file in ["/cpuset.cpus", "/cpuset.mems"] {
          let inherited = try CgroupFile.read(parent + file)
          try CgroupFile.write(child + file, String(inherited.prefix { $0 != "\n" }))
        }
      }
    }
    guard let unified = layout.unified else { return }
    let isV2 = layout.isV2
    if isV2 { try Self.enableControllers(in: unified) }
    try makeLevels(in: unified) { (_, child) throws(CgroupError) in
      // The last level's own groups are the container's business.
      if isV2, child != unified + path { try Self.enableControllers(in: child) }
    }
  }

  /// Makes the last level first, which is all there is to do for the second container of a daemon.
  private func makeLevels(
    in mountPoint: String, prepare: (String, String) throws(CgroupError) -> Void
  ) throws(CgroupError) {
    let whole = mountPoint + path
    let result = cl_mkdirat(Int32(CL_AT_FDCWD), whole, 0o755)
    if result == -Errno.exists.rawValue { return }
    if result == 0 {
      let parent = String(whole[..<(whole.lastIndex(of: "/") ?? whole.endIndex)])
      if layout.isV2, parent != mountPoint { try prepare(mountPoint, parent) }
      return try prepare(parent, whole)
    }
    guard result == -Errno.noEntry.rawValue else { throw CgroupError("making the cgroup", whole, -result) }
    var directory = mountPoint
    for component in path.split(separator: "/") {
      let parent = directory
      directory += "/" + component
      if try CgroupFile.makeDirectory(directory) || layout.isV2 { try prepare(parent, directory) }
    }
  }

  /// Enables for the groups in `directory` whatever controllers it has itself.
  private static func enableControllers(in directory: String) throws(CgroupError) {
    let available = try CgroupFile.read(directory + "/cgroup.controllers").split(whereSeparator: \.isWhitespace)
    let enabled = Set(
      try CgroupFile.read(directory + "/cgroup.subtree_control").split(whereSeparator: \.isWhitespace))
    let missing = available.filter { usedControllers.contains(String($0)) && !enabled.contains($0) }
    guard !missing.isEmpty else { return }
    do throws(CgroupError) {
      try CgroupFile.write(
        directory + "/cgroup.subtree_control", missing.map { "+\($0)" }.joined(separator: " "))
    } catch {
      guard error.errno == Errno.busy.rawValue else { throw error }
      throw CgroupError(
        "\(error.message): the group itself holds processes, and cgroup v2 lets only empty groups share controllers; "
          + "choose another --cgroup-parent", errno: error.errno)
    }
  }

  private static let usedControllers: Set<String> = [
    "cpuset", "cpu", "io", "memory", "hugetlb", "pids", "rdma", "misc",
  ]

  /// The v2 directory, for CLONE_INTO_CGROUP; on a hybrid machine too, where the v1 hierarchies still need `add`.
  /// Nil where v2 is not mounted.
  public func directory() throws(CgroupError) -> OwnedDescriptor? {
    guard let path = unifiedDirectory else { return nil }
    do throws(SystemError) {
      return try OwnedDescriptor.open(path, .directory)
    } catch {
      throw CgroupError("opening the cgroup", path, error.errno.rawValue)
    }
  }

  /// Moves a process (its whole thread group) into the group.
  /// - Parameter includingUnified: false when `clone3` has already put it into the v2 group.
  public func add(_ pid: Int32, includingUnified: Bool = true) throws(CgroupError) {
    for hierarchy in layout.hierarchies {
      try CgroupFile.write(hierarchy.mountPoint + path + "/cgroup.procs", "\(pid)")
    }
    if includingUnified, let unified = unifiedDirectory {
      try CgroupFile.write(unified + "/cgroup.procs", "\(pid)")
    }
  }

  /// Moves the calling process, which must have one thread only, into the group.
  ///
  /// On v1 this is not `add` with its own pid: a task that moves itself through `tasks` needs no lock against forks, while
  /// every other move takes the kernel's threadgroup lock for writing and waits for an RCU grace period (5–20 ms after an
  /// idle moment, where the file systems are not mounted with favordynmods, which an engine must not do).
  /// - Parameter includingUnified: false when `clone3` has already put it into the v2 group.
  public func enter(includingUnified: Bool = true) throws(CgroupError) {
    for hierarchy in layout.hierarchies {
      try CgroupFile.write(hierarchy.mountPoint + path + "/tasks", "0")
    }
    if includingUnified, let unified = unifiedDirectory { try CgroupFile.write(unified + "/cgroup.procs", "0") }
  }

  // MARK: Limits

  /// Writes limits and device rules. Meant for a new group as for one whose processes run.
  public func apply(_ resources: RuntimeResources) throws(CgroupError) {
    let writes = layout.isV2 ? ResourceWrites.v2(resources) : ResourceWrites.v1(resources)
    // Lowering v1's memory below its memory+swap and raising it above are two orders: whichever write is refused at
    // first is tried again after the other.
    var postponed: [CgroupWrite] = []
    for write in writes {
      do throws(CgroupError) {
        try perform(write)
      } catch {
        guard error.errno == Errno.invalid.rawValue, Self.dependent.contains(write.files[0]) else { throw error }
        postponed.append(write)
      }
    }
    for write in postponed { try perform(write) }
    if !resources.devices.isEmpty { try applyDevices(resources.devices) }
  }

  private static let dependent: Set<String> = [
    "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "cpu.cfs_period_us", "cpu.cfs_quota_us",
    "cpu.cfs_burst_us", "cpu.rt_period_us", "cpu.rt_runtime_us", "cpu.max", "cpu.max.burst",
  ]

  private func perform(_ write: CgroupWrite) throws(CgroupError) {
    guard !write.files.contains(where: { $0.contains("/") }) else {
      throw CgroupError("\(write.files[0]) is no file of a cgroup", errno: Errno.invalid.rawValue)
    }
    guard let directory = directory(of: write.controller) else {
      if write.absent == .ignored { return }
      throw CgroupError("\(write.files[0]): this machine has no \(write.controller) cgroup controller")
    }
    for file in write.files {
      do throws(CgroupError) {
        return try CgroupFile.write(directory + "/" + file, write.value)
      } catch {
        guard error.errno == Errno.noEntry.rawValue else { throw explained(error, write, directory) }
      }
    }
    guard write.absent == .fails else { return }
    guard CgroupFile.exists(directory) else { throw CgroupError("the cgroup", directory, Errno.noEntry.rawValue) }
    throw CgroupError(
      "\(write.files[0]): this kernel's \(write.controller) controller does not have it", errno: Errno.noEntry.rawValue)
  }

  /// EBUSY of a memory limit means that more is in use than would be allowed.
  private func explained(_ error: CgroupError, _ write: CgroupWrite, _ directory: String) -> CgroupError {
    guard error.errno == Errno.busy.rawValue, write.controller == "memory" else { return error }
    let used = CgroupFile.number(directory + "/memory.usage_in_bytes")
    return CgroupError(
      "\(error.message): \(used.map { "\($0) bytes are" } ?? "more is") in use, which is above the new limit",
      errno: error.errno)
  }

  private func applyDevices(_ rules: [RuntimeDeviceRule]) throws(CgroupError) {
    if layout.isV2 {
      guard let directory = try directory() else { return }
      let code = try DeviceRules.program(rules)
      let result = code.withUnsafeBytes { cl_bpf_device_program(directory.rawValue, $0.baseAddress, code.count) }
      guard result == 0 else { throw CgroupError("attaching the device program to", path, -result) }
      return
    }
    guard let directory = directory(of: "devices") else {
      throw CgroupError("device rules: this machine has no devices cgroup controller")
    }
    for line in try DeviceRules.v1(rules) {
      try CgroupFile.write(directory + (line.allow ? "/devices.allow" : "/devices.deny"), line.line)
    }
  }
}
