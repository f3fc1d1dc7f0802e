import CLinux
import LinuxSystem
import OCI

/// The container's view of its cgroups at /sys/fs/cgroup: cgroup2 where the host has it, else one directory per
/// v1 hierarchy as runc lays them out.
struct CgroupMounts {
  let hasNamespace: Bool

  func apply(_ mount: RuntimeMount, _ options: MountOptions, in root: borrowing SafePath) throws {
    let target = try root.makeDirectory(mount.destination)
    if try FileSystemStatus.of("/sys/fs/cgroup").isCgroup2 {
      let made =
        hasNamespace
        ? try FileSystemMount.make(type: "cgroup2", source: "cgroup", options: attributes(options))
        : try bound("/sys/fs/cgroup" + (Self.ownGroups().first { $0.controllers.isEmpty }?.path ?? ""), options)
      return try FileSystemMount.attach(made, on: target, mount.destination)
    }

    var tmpfs = MountOptions.attributes(nosuid: true, nodev: true, noexec: true)
    tmpfs.data = ["mode=755"]
    let directory = try FileSystemMount.make(type: "tmpfs", source: "tmpfs", options: tmpfs)
    try FileSystemMount.attach(directory, on: target, mount.destination)
    let base = SafePath(root: try directory.duplicate())
    for group in try Self.ownGroups() {
      let name = group.controllers.isEmpty ? "unified" : Self.directoryName(group.controllers)
      guard FileStatus.exists("/sys/fs/cgroup/" + name) else { continue }
      let made =
        hasNamespace ? try instance(group, options) : try bound("/sys/fs/cgroup/" + name + group.path, options)
      let place = try base.makeDirectory(name)
      try FileSystemMount.attach(made, on: place, mount.destination + "/" + name)
      // `cpu` and `cpuacct` of one hierarchy `cpu,cpuacct`.
      let controllers = group.controllers.filter { !$0.hasPrefix("name=") }
      for controller in controllers where controller != name {
        _ = cl_symlinkat(name, directory.rawValue, controller)
      }
    }
    // Only now: a read-only tmpfs could not have taken the directories.
    try options.apply(to: directory.rawValue, mount.destination)
    try options.applyPropagation(to: directory.rawValue, mount.destination)
  }

  /// A hierarchy mounted anew, whose root is the one of the container's cgroup namespace.
  private func instance(_ group: Group, _ options: MountOptions) throws -> OwnedDescriptor {
    var wanted = attributes(options)
    if group.controllers.isEmpty { return try FileSystemMount.make(type: "cgroup2", source: "cgroup", options: wanted) }
    for controller in group.controllers {
      if controller.hasPrefix("name=") { wanted.data.append("none") }
      wanted.data.append(controller)
    }
    return try FileSystemMount.make(type: "cgroup", source: "cgroup", options: wanted)
  }

  private func bound(_ path: String, _ options: MountOptions) throws -> OwnedDescriptor {
    let clone = try FileSystemMount.clone(path, recursive: false)
    try attributes(options).apply(to: clone.rawValue, path)
    return clone
  }

  private func attributes(_ options: MountOptions) -> MountOptions {
    var result = MountOptions.attributes()
    result.set = options.set
    result.clear = options.clear
    return result
  }

  struct Group: Equatable {
    /// Empty: the v2 hierarchy.
    var controllers: [String]
    var path: String
  }

  /// Lines of /proc/self/cgroup, `4:memory:/a/b` (cgroups(7)); inside a cgroup namespace paths are relative to its root.
  private static func ownGroups() throws -> [Group] { parse(try File.readText("/proc/self/cgroup")) }

  static func parse(_ text: String) -> [Group] {
    text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      return Group(controllers: parts[1].split(separator: ",").map(String.init), path: String(parts[2]))
    }
  }

  static func directoryName(_ controllers: [String]) -> String {
    if let named = controllers.first(where: { $0.hasPrefix("name=") }) { return String(named.dropFirst(5)) }
    return controllers.joined(separator: ",")
  }
}

extension MountOptions {
  /// Options with only these attributes.
  static func attributes(
    readOnly: Bool = false, nosuid: Bool = false, nodev: Bool = false, noexec: Bool = false
  ) -> MountOptions {
    var options = MountOptions()
    if readOnly { options.set |= UInt64(CL_MOUNT_ATTR_RDONLY) }
    if nosuid { options.set |= UInt64(CL_MOUNT_ATTR_NOSUID) }
    if nodev { options.set |= UInt64(CL_MOUNT_ATTR_NODEV) }
    if noexec { options.set |= UInt64(CL_MOUNT_ATTR_NOEXEC) }
    return options
  }

  init() {}
}
