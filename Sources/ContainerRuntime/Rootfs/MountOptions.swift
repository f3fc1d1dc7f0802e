import CLinux
import LinuxSystem
import OCI

/// The options of one mount (config.md#linux-mount-options), sorted by what they act on.
struct MountOptions: Equatable {
  /// MOUNT_ATTR_… of the mount itself.
  var set: UInt64 = 0
  var clear: UInt64 = 0
  /// MOUNT_ATTR_… of the mount and everything below it (`rro` and its kind).
  var recursiveSet: UInt64 = 0
  var recursiveClear: UInt64 = 0
  var propagation: [Mount.Flags] = []
  var isBind = false
  var isRecursiveBind = false
  /// Flags of the file system as fsconfig names them (`sync`, `lazytime`).
  var superblockFlags: [String] = []
  /// `key=value` or a bare word, for the file system.
  var data: [String] = []

  static let propagation: [String: Mount.Flags] = [
    "private": .private, "rprivate": [.private, .recursive], "shared": .shared, "rshared": [.shared, .recursive],
    "slave": .slave, "rslave": [.slave, .recursive], "unbindable": .unbindable,
    "runbindable": [.unbindable, .recursive],
  ]

  private static let atime = UInt64(CL_MOUNT_ATTR_ATIME)
  /// What each option sets and clears. An access time mode replaces the whole field.
  private static let attributes: [String: (set: UInt64, clear: UInt64)] = [
    "ro": (UInt64(CL_MOUNT_ATTR_RDONLY), 0), "rw": (0, UInt64(CL_MOUNT_ATTR_RDONLY)),
    "nosuid": (UInt64(CL_MOUNT_ATTR_NOSUID), 0), "suid": (0, UInt64(CL_MOUNT_ATTR_NOSUID)),
    "nodev": (UInt64(CL_MOUNT_ATTR_NODEV), 0), "dev": (0, UInt64(CL_MOUNT_ATTR_NODEV)),
    "noexec": (UInt64(CL_MOUNT_ATTR_NOEXEC), 0), "exec": (0, UInt64(CL_MOUNT_ATTR_NOEXEC)),
    "nodiratime": (UInt64(CL_MOUNT_ATTR_NODIRATIME), 0), "diratime": (0, UInt64(CL_MOUNT_ATTR_NODIRATIME)),
    "nosymfollow": (UInt64(CL_MOUNT_ATTR_NOSYMFOLLOW), 0), "symfollow": (0, UInt64(CL_MOUNT_ATTR_NOSYMFOLLOW)),
    "relatime": (0, atime), "norelatime": (UInt64(CL_MOUNT_ATTR_STRICTATIME), atime),
    "noatime": (UInt64(CL_MOUNT_ATTR_NOATIME), atime), "atime": (0, atime),
    "strictatime": (UInt64(CL_MOUNT_ATTR_STRICTATIME), atime), "nostrictatime": (0, atime),
  ]

  init(_ mount: RuntimeMount) throws(RuntimeError) {
    isBind = mount.type == "bind"
    for option in mount.options {
      if let attribute = Self.attributes[option] {
        Self.merge(attribute, &set, &clear)
      } else if option.hasPrefix("r"), let attribute = Self.attributes[String(option.dropFirst())] {
        Self.merge(attribute, &recursiveSet, &recursiveClear)
      } else if let flags = Self.propagation[option] {
        propagation.append(flags)
      } else {
        switch option {
        case "bind": isBind = true
        case "rbind":
          isBind = true
          isRecursiveBind = true
        case "defaults", "async", "nomand", "noiversion", "nolazytime", "loud", "silent": break
        case "sync", "dirsync", "lazytime", "mand", "iversion": superblockFlags.append(option)
        case "remount", "idmap", "ridmap", "tmpcopyup", "copy-symlink":
          throw RuntimeError(
            .invalidConfiguration, step: "mounts",
            "\(mount.destination): the mount option \"\(option)\" is not supported")
        default: data.append(option)
        }
      }
    }
    if !mount.uidMappings.isEmpty || !mount.gidMappings.isEmpty {
      throw RuntimeError(
        .invalidConfiguration, step: "mounts", "\(mount.destination): id-mapped mounts are not supported")
    }
  }

  /// The last option of a kind decides.
  private static func merge(_ attribute: (set: UInt64, clear: UInt64), _ set: inout UInt64, _ clear: inout UInt64) {
    set = (set & ~attribute.clear) | attribute.set
    clear = (clear & ~attribute.set) | attribute.clear
  }

  /// Applies the attributes to a mount held by a descriptor.
  func apply(to mount: Int32, _ path: String) throws(SystemError) {
    // The kernel wants the whole access time field cleared whenever one of its values is set.
    func complete(_ set: UInt64, _ clear: UInt64) -> UInt64 {
      set & Self.atime != 0 ? clear | Self.atime : clear
    }
    if set != 0 || clear != 0 {
      try check(
        cl_mount_setattr(mount, "", UInt32(CL_AT_EMPTY_PATH), set, complete(set, clear), 0, -1), "set mount options",
        path)
    }
    if recursiveSet != 0 || recursiveClear != 0 {
      try check(
        cl_mount_setattr(
          mount, "", UInt32(CL_AT_EMPTY_PATH | CL_AT_RECURSIVE), recursiveSet, complete(recursiveSet, recursiveClear),
          0,
          -1), "set recursive mount options", path)
    }
  }

  /// Applies the propagation, after the mount stands in the tree: a detached one has no peers to share with.
  func applyPropagation(to mount: Int32, _ path: String) throws(SystemError) {
    for flags in propagation {
      let recursive = flags.contains(.recursive) ? CL_AT_RECURSIVE : 0
      try check(
        cl_mount_setattr(
          mount, "", UInt32(CL_AT_EMPTY_PATH | recursive), 0, 0, UInt64(flags.subtracting(.recursive).rawValue), -1),
        "set propagation", path)
    }
  }
}

extension RuntimeMount {
  var isBind: Bool { type == "bind" || options.contains("bind") || options.contains("rbind") }
}
