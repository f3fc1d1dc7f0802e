import CLinux
import LinuxSystem

/// Covers what a container must not even read: files by the null device, directories by an empty read-only tmpfs.
///
/// The null device is the *host's*, opened and verified before the container's tree was touched: the container's own
/// /dev/null may have been replaced by a link to what should be masked (CVE-2025-31133).
enum MaskedPaths {
  static func apply(_ paths: [String], in root: borrowing SafePath, _ host: borrowing HostHandles) throws(SystemError) {
    guard !paths.isEmpty else { return }
    let empty = try emptyDirectory()
    for path in paths {
      do throws(SystemError) {
        try cover(path, in: root, file: host.null.rawValue, directory: empty.rawValue)
      } catch {
        // Absent: nothing to hide.
        guard error.errno == .noEntry || error.errno == .notDirectory else { throw error }
      }
    }
  }

  private static func cover(
    _ path: String, in root: borrowing SafePath, file: Int32, directory: Int32
  ) throws(SystemError) {
    let place = try root.open(path)
    // A mount can stand at one place only; its copies share the file system.
    let copy = try FileSystemMount.clone(try place.status().isDirectory ? directory : file)
    try FileSystemMount.attach(copy, on: place, path)
  }

  private static func emptyDirectory() throws(SystemError) -> OwnedDescriptor {
    var options = MountOptions.attributes(readOnly: true, nosuid: true, nodev: true, noexec: true)
    options.data = ["mode=755", "nr_inodes=2"]
    return try FileSystemMount.make(type: "tmpfs", source: "tmpfs", options: options)
  }
}
