import CLinux
import LinuxSystem

/// Cuts the container's mounts off from the host's: before anything is mounted, else the container's root would appear
/// in every mount namespace of the host. `slave`, not `private`, so that the host's unmounts still arrive and the
/// container does not pin disks.
enum Propagation {
  /// - Parameter wanted: `linux.rootfsPropagation`.
  static func prepare(_ wanted: String?, rootfs: String) throws {
    let flags: Mount.Flags
    if let wanted, !wanted.isEmpty {
      flags = try propagationFlags(wanted)
    } else {
      flags = [.slave, .recursive]
    }
    try Mount.mount(nil, on: "/", flags)
    // pivot_root refuses a root whose parent mount is shared; only the nearest mount point above is changed.
    if flags.contains(.shared) {
      var path = SafePath.clean(rootfs)
      while true {
        let result = cl_mount(nil, path, nil, Mount.Flags.private.rawValue, nil)
        if result >= 0 { return }
        guard result == -Errno.invalid.rawValue, path != "/" else {
          throw SystemError(operation: "make private", errno: Errno(-result), path: path)
        }
        path = SafePath.split(path).parent
      }
    }
  }

  static func propagationFlags(_ name: String) throws(RuntimeError) -> Mount.Flags {
    guard let option = MountOptions.propagation[name] else {
      throw RuntimeError(
        .invalidConfiguration, step: "propagation",
        "\"\(name)\" is no propagation: use shared, slave, private, unbindable, or one of them with r before it")
    }
    return option
  }
}
