import CLinux
import LinuxSystem

/// A session keyring of the container's own: keyrings are not namespaced, and without it the container would hold and
/// could search the keys of the daemon's session (CVE-2014-9529's neighbourhood; runc does the same).
enum SessionKeyring {
  static func join(_ id: String) throws(SystemError) {
    let result = cl_join_session_keyring("_ses." + id)
    // A kernel without keys has nothing to protect; a user over the quota keeps the inherited one, as in runc.
    if result == -Errno.notImplemented.rawValue || result == -Errno.quotaExceeded.rawValue { return }
    try check(result, "join session keyring")
  }
}
