import LinuxSystem

/// Finds out who `-u` means, in the container's own /etc/passwd and /etc/group.
enum UserResolver {
  static func resolve(
    _ user: String, additionalGroups: [String], in root: LayeredRoot
  ) throws -> UserLookup.Identity {
    let passwd = try root.read("/etc/passwd") ?? []
    let group = try root.read("/etc/group") ?? []
    do {
      var identity = try UserLookup(passwd: passwd, group: group).resolve(user, additionalGroups: additionalGroups)
      // The primary group is among the supplementary ones, or a negative group permission could be shed by exec
      // (CVE-2022-36109).
      identity.supplementaryGroups.removeAll { $0 == identity.gid }
      identity.supplementaryGroups.insert(identity.gid, at: 0)
      return identity
    } catch {
      throw EngineError(.invalidArgument, error.description)
    }
  }
}
