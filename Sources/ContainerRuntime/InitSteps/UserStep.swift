import CLinux
import LinuxSystem
import OCI

/// Who the program runs as, by the container's own /etc/passwd and /etc/group.
enum UserStep {
  struct User {
    var uid: UInt32
    var gid: UInt32
    var groups: [UInt32]
    var home: String

    /// `HOME` is added when it is absent or empty, as runc does: programs fail in surprising ways without it.
    func environment(_ environment: [String]) -> [String] {
      if environment.contains(where: { $0.hasPrefix("HOME=") && $0 != "HOME=" }) { return environment }
      return environment.filter { $0 != "HOME=" } + ["HOME=" + home]
    }
  }

  /// Largest file read: an image decides over it.
  private static let limit = 10 << 20

  static func resolve(_ user: RuntimeUser, in root: borrowing SafePath) throws(RuntimeError) -> User {
    let lookup = try step("user") {
      UserLookup(passwd: try read("/etc/passwd", in: root), group: try read("/etc/group", in: root))
    }
    do {
      if let name = user.username, !name.isEmpty {
        let identity = try lookup.resolve(name)
        let extra = user.additionalGids.filter { !identity.supplementaryGroups.contains($0) }
        return User(
          uid: identity.uid, gid: identity.gid, groups: identity.supplementaryGroups + extra, home: identity.home)
      }
      let home = user.uid <= UInt32(Int32.max) ? try lookup.resolve(String(user.uid)).home : "/"
      return User(uid: user.uid, gid: user.gid, groups: user.additionalGids, home: home)
    } catch {
      throw RuntimeError(.invalidConfiguration, step: "user", error.description)
    }
  }

  /// Absent is empty. Only a regular file is read: a fifo would wait for ever.
  private static func read(_ path: String, in root: borrowing SafePath) throws(SystemError) -> [UInt8] {
    let file: OwnedDescriptor
    do { file = try root.open(path, [.readOnly, .nonBlocking, .noControllingTerminal]) } catch {
      if error.errno == .noEntry || error.errno == .notDirectory { return [] }
      throw error
    }
    guard try file.status().kind == .regular else { return [] }
    return try file.readToEnd(limit: limit)
  }
}
