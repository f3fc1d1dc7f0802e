import CLinux
import LinuxSystem

/// Parts of the tree that may be read but not changed: `/proc/sys` and its like hold settings of the whole host.
enum ReadOnlyPaths {
  /// After all mounts and the devices: they need a writable root.
  static func protectRoot(_ root: borrowing SafePath) throws(SystemError) {
    try check(
      cl_mount_setattr(root.root.rawValue, "", UInt32(CL_AT_EMPTY_PATH), UInt64(CL_MOUNT_ATTR_RDONLY), 0, 0, -1),
      "make read-only", "/")
  }

  /// Each path is covered by a read-only copy of itself, everything below included: a mount left writable inside would
  /// undo it. Absent paths are skipped. (The sysctls are written through the host's procfs, so their order is free.)
  static func apply(_ paths: [String], in root: borrowing SafePath) throws(SystemError) {
    for path in paths {
      do throws(SystemError) { try cover(path, in: root) } catch {
        guard error.errno == .noEntry || error.errno == .notDirectory else { throw error }
      }
    }
  }

  private static func cover(_ path: String, in root: borrowing SafePath) throws(SystemError) {
    let place = try root.open(path)
    let copy = try FileSystemMount.clone(place.rawValue, recursive: true)
    try check(
      cl_mount_setattr(
        copy.rawValue, "", UInt32(CL_AT_EMPTY_PATH | CL_AT_RECURSIVE), UInt64(CL_MOUNT_ATTR_RDONLY), 0, 0, -1),
      "make read-only", path)
    try FileSystemMount.attach(copy, on: place, path)
  }
}
