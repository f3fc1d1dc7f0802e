import CLinux
import LinuxSystem

/// A new instance of a file system, mounted nowhere yet (fsopen, fsconfig, fsmount; since Linux 5.2).
enum FileSystemMount {
  /// Strings of fsconfig end here, with the NUL.
  static let longestValue = 255

  /// File systems whose one instance others see: read-only is an attribute of the mount, never of the instance.
  private static let virtual: Set<String> = [
    "tmpfs", "proc", "sysfs", "mqueue", "devpts", "cgroup", "cgroup2", "overlay", "devtmpfs", "securityfs", "debugfs",
    "tracefs", "bpf", "ramfs",
  ]

  /// Makes the mount. A value that fsconfig cannot take is `ENAMETOOLONG` (see `OverlayMount`).
  static func make(
    type: String, source: String?, options: MountOptions
  ) throws(SystemError) -> OwnedDescriptor {
    let context = OwnedDescriptor(
      owning: try check(cl_fsopen(type, UInt32(CL_FSOPEN_CLOEXEC)), "open file system", type))
    if let source, !source.isEmpty { try set(context, "source", source, type) }
    for flag in options.superblockFlags { try setFlag(context, flag, type) }
    if options.set & UInt64(CL_MOUNT_ATTR_RDONLY) != 0, !virtual.contains(type) { try setFlag(context, "ro", type) }
    for option in options.data {
      if let equals = option.firstIndex(of: "=") {
        try set(context, String(option[..<equals]), String(option[option.index(after: equals)...]), type)
      } else {
        try setFlag(context, option, type)
      }
    }
    return try finish(context, type: type, attributes: options.set)
  }

  static func set(
    _ context: borrowing OwnedDescriptor, _ key: String, _ value: String, _ type: String
  ) throws(SystemError) {
    if value.utf8.count > longestValue {
      throw SystemError(operation: "mount \(type): option \(key)", errno: .nameTooLong)
    }
    try check(
      cl_fsconfig(context.rawValue, UInt32(CL_FSCONFIG_SET_STRING), key, value, 0),
      "mount \(type): option \(key)=\(value)")
  }

  static func setFlag(_ context: borrowing OwnedDescriptor, _ flag: String, _ type: String) throws(SystemError) {
    try check(
      cl_fsconfig(context.rawValue, UInt32(CL_FSCONFIG_SET_FLAG), flag, nil, 0), "mount \(type): option \(flag)")
  }

  static func finish(
    _ context: borrowing OwnedDescriptor, type: String, attributes: UInt64
  ) throws(SystemError) -> OwnedDescriptor {
    try check(cl_fsconfig(context.rawValue, UInt32(CL_FSCONFIG_CMD_CREATE), nil, nil, 0), "mount \(type)")
    return OwnedDescriptor(
      owning: try check(
        cl_fsmount(context.rawValue, UInt32(CL_FSMOUNT_CLOEXEC), UInt32(truncatingIfNeeded: attributes)),
        "mount \(type)"))
  }

  /// A copy of the mount (and with `recursive` those below it) at a path, mounted nowhere yet.
  static func clone(_ path: String, recursive: Bool) throws(SystemError) -> OwnedDescriptor {
    let flags = UInt32(CL_OPEN_TREE_CLONE | CL_OPEN_TREE_CLOEXEC | (recursive ? CL_AT_RECURSIVE : 0))
    return OwnedDescriptor(owning: try check(cl_open_tree(Int32(CL_AT_FDCWD), path, flags), "bind", path))
  }

  /// A copy of the mount a descriptor stands in, beginning at what it stands for.
  static func clone(_ descriptor: Int32, recursive: Bool = false) throws(SystemError) -> OwnedDescriptor {
    let flags = UInt32(
      CL_OPEN_TREE_CLONE | CL_OPEN_TREE_CLOEXEC | CL_AT_EMPTY_PATH | (recursive ? CL_AT_RECURSIVE : 0))
    return OwnedDescriptor(owning: try check(cl_open_tree(descriptor, "", flags), "bind"))
  }

  /// Puts a mount on a place held by descriptor: whatever its path leads to by now, this is the place that was checked.
  static func attach(
    _ mount: borrowing OwnedDescriptor, on target: borrowing OwnedDescriptor, _ path: String
  ) throws(SystemError) {
    try check(
      cl_move_mount(
        mount.rawValue, "", target.rawValue, "", UInt32(CL_MOVE_MOUNT_F_EMPTY_PATH | CL_MOVE_MOUNT_T_EMPTY_PATH)),
      "attach mount", path)
  }
}
