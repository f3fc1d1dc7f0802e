import CLinux
import LinuxSystem

/// The program's working directory, after the change of user: a directory only root may enter must not be entered for
/// it by accident, and one root may not enter (NFS) can be.
enum WorkingDirectory {
  static func enter(_ path: String, entered: Bool) throws(SystemError) {
    let result = cl_chdir(path)
    if result < 0, !entered { try check(result, "chdir to cwd", path) }
    // A directory outside the root, reached through a leaked descriptor (`/proc/self/fd/7`), has no path from the root:
    // the kernel says "(unreachable)" (CVE-2024-21626).
    var first: CChar = 0
    let length = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
      let length = cl_getcwd(buffer.baseAddress, buffer.count)
      if length > 0 { first = buffer[0] }
      return length
    }
    try check(length, "getcwd", path)
    guard first == CChar(bitPattern: UInt8(ascii: "/")) else {
      throw SystemError(operation: "working directory outside the container's root", errno: .notPermitted, path: path)
    }
  }
}
