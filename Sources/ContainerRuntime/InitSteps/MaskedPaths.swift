import CLinux
import LinuxSystem

/// Covers what a container must not even read: files by the null device, directories by an empty read-only tmpfs.
///
/// The null device is the *host's*, opened and verified before the container's tree was touched: the container's own
/// /dev/null may have been replaced by a link to what should be masked (CVE-2025-31133). Before pivot_root: afterwards
/// the host's mount is detached, and the kernel copies attached mounts only.
enum MaskedPaths {
  static func apply(_ paths: [String], in root: borrowing SafePath, _ host: borrowing HostHandles) throws(SystemError) {
    guard !paths.isEmpty else { return }
    let empty = try emptyDirectory()
    var isEmptyAttached = false
    for path in paths {
      do throws(SystemError) {
        let place = try root.open(path)
        if try !place.status().isDirectory {
          try coverByCopy(of: host.null.rawValue, place, path)
        } else if isEmptyAttached {
          try coverByCopy(of: empty.rawValue, place, path)
        } else {
          try FileSystemMount.attach(empty, on: place, path)
          isEmptyAttached = true
        }
      } catch {
        // Absent: nothing to hide.
        guard error.errno == .noEntry || error.errno == .notDirectory else { throw error }
      }
    }
  }

  /// A mount stands at one place only; its copies share the file system.
  private static func coverByCopy(
    of mount: Int32, _ place: borrowing OwnedDescriptor, _ path: String
  ) throws(SystemError) {
    let copy = try FileSystemMount.clone(mount)
    try FileSystemMount.attach(copy, on: place, path)
  }

  private static func emptyDirectory() throws(SystemError) -> OwnedDescriptor {
    var options = MountOptions.attributes(readOnly: true, nosuid: true, nodev: true, noexec: true)
    options.data = ["mode=755", "nr_inodes=2"]
    return try FileSystemMount.make(type: "tmpfs", source: "tmpfs", options: options)
  }
}
