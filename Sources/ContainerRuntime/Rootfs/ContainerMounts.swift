import CLinux
import LinuxSystem
import OCI

/// Mounts inside the container's root, before it becomes the root.
///
/// Every target is opened with RESOLVE_IN_ROOT and mounted on by descriptor, never by its path (CVE-2021-30465:
/// a directory swapped for a link between check and mount).
struct ContainerMounts: ~Copyable {
  let root: SafePath
  let rootfs: String
  let bundle: String
  let hasCgroupNamespace: Bool

  init(root: consuming SafePath, rootfs: String, bundle: String, hasCgroupNamespace: Bool) {
    self.root = root
    self.rootfs = rootfs
    self.bundle = bundle
    self.hasCgroupNamespace = hasCgroupNamespace
  }

  func apply(_ mount: RuntimeMount) throws {
    let options = try MountOptions(mount)
    if options.isBind { return try bind(mount, options) }
    switch mount.type {
    case "cgroup", "cgroup2": try CgroupMounts(hasNamespace: hasCgroupNamespace).apply(mount, options, in: root)
    case "proc", "sysfs":
      // Through a link the container's /proc would land elsewhere and the masks miss it (CVE-2019-19921,
      // CVE-2023-27561).
      let target = try root.makeDirectory(mount.destination)
      try refuseLinks(to: mount.destination)
      try attach(mount, options, on: target)
    case .some(let type) where !type.isEmpty:
      let target = try root.makeDirectory(mount.destination)
      try ProcProtection.check(target, mount, in: root)
      if type == "overlay" {
        // By the descriptor's name, which is the place itself.
        try OverlayMount.mount(on: target.procPath, options: options)
      } else {
        try attach(mount, options, on: target)
      }
    default:
      throw RuntimeError(
        .invalidConfiguration, step: "mounts", "\(mount.destination): a mount that is no bind needs a type")
    }
  }

  private func attach(
    _ mount: RuntimeMount, _ options: MountOptions, on target: borrowing OwnedDescriptor
  ) throws(SystemError) {
    var options = options
    // Options that old kernels needed and new ones refuse or ignore.
    if mount.type == "devpts" { options.data.removeAll { $0 == "newinstance" } }
    let made = try FileSystemMount.make(type: mount.type ?? "", source: mount.source, options: options)
    try FileSystemMount.attach(made, on: target, mount.destination)
    try options.applyPropagation(to: made.rawValue, mount.destination)
  }

  private func bind(_ mount: RuntimeMount, _ options: MountOptions) throws {
    guard let named = mount.source, !named.isEmpty else {
      throw RuntimeError(.invalidConfiguration, step: "mounts", "\(mount.destination): a bind mount needs a source")
    }
    let source = named.hasPrefix("/") ? named : bundle + "/" + named
    let cloned = try FileSystemMount.clone(source, recursive: options.isRecursiveBind)
    let isDirectory = try cloned.status().isDirectory
    // Before it stands in the tree: no moment at which a read-only volume is writable.
    try options.apply(to: cloned.rawValue, mount.destination)
    let target = isDirectory ? try root.makeDirectory(mount.destination) : try root.makeFile(mount.destination)
    try ProcProtection.check(target, mount, in: root)
    try FileSystemMount.attach(cloned, on: target, mount.destination)
    try options.applyPropagation(to: cloned.rawValue, mount.destination)
  }

  private func refuseLinks(to path: String) throws(RuntimeError) {
    let flags = UInt64(CL_O_PATH | CL_O_DIRECTORY | CL_O_CLOEXEC)
    let result = cl_openat2(
      root.root.rawValue, path, flags, 0, UInt64(CL_RESOLVE_IN_ROOT) | UInt64(CL_RESOLVE_NO_SYMLINKS))
    if result >= 0 {
      _ = cl_close(result)
    } else {
      throw RuntimeError(
        .invalidConfiguration, step: "mounts", errno: Errno(-result),
        "\(path) is reached through a symbolic link; it must be a directory")
    }
  }
}

/// Nothing is mounted over parts of /proc, except what shows a container its own figures: whoever controls the
/// image's mounts could otherwise replace what later steps write to (CVE-2019-16884).
enum ProcProtection {
  private static let allowed: Set<String> = [
    "cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo", "net/dev",
    "sys/kernel/ns_last_pid",
    "sys/crypto/fips_enabled",
  ]

  static func check(
    _ target: borrowing OwnedDescriptor, _ mount: RuntimeMount, in root: borrowing SafePath
  ) throws {
    guard try target.fileSystemStatus().isProc else { return }
    let place = try OwnedDescriptor.readLink(target.procPath)
    let base = try OwnedDescriptor.readLink(root.root.procPath)
    let path = place.hasPrefix(base + "/") ? String(place.dropFirst(base.utf8.count + 1)) : place
    let parts = path.split(separator: "/")
    // The proc mount's own root may be covered by a bind of another procfs only.
    if parts.count <= 1, let source = mount.source, try FileSystemStatus.of(source).isProc { return }
    if parts.first == "proc", allowed.contains(parts.dropFirst().joined(separator: "/")) { return }
    throw RuntimeError(
      .invalidConfiguration, step: "mounts", "\(mount.destination): mounting inside /proc is not allowed")
  }
}
