import CLinux
import Glibc
public import LinuxSystem

/// Where what is to be gone waits for its removal: `.trash` in the directory that a plan's paths lie under. Moving there
/// is one rename; the removal of the files happens behind.
public struct Trash: Sendable {
  static let directory = ".trash"

  /// Moves `name` out of a directory into the trash of its file system's nearest root.
  static func discard(_ name: String, in parent: borrowing OwnedDescriptor, root: String) throws {
    // An empty directory, or a file, needs no detour.
    for flags in [Int32(CL_AT_REMOVEDIR), 0] {
      let result = cl_unlinkat(parent.rawValue, name, flags)
      if result >= 0 || result == -Errno.noEntry.rawValue { return }
    }
    let place = "\(root)/\(Self.directory)"
    try Directory.make(place, mode: 0o700)
    let target = try OwnedDescriptor.open(place, [.path, .directory])
    let unique = String(UInt64.random(in: .min ... .max), radix: 36)
    try check(
      cl_renameat2(parent.rawValue, name, target.rawValue, unique, UInt32(CL_RENAME_NOREPLACE)), "move to trash", name)
  }

  /// Removes everything that waits under a root. As long as the disk takes: for a thread of its own, after plans were
  /// undone and when the daemon starts.
  public static func empty(root: String) throws(SystemError) {
    let place = "\(root)/\(directory)"
    guard FileStatus.exists(place) else { return }
    for name in try Directory.names(place) { try Directory.removeAll("\(place)/\(name)") }
  }
}
