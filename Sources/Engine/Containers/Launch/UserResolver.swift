import LinuxSystem

/// Finds out who `-u` means, in the container's own /etc/passwd and /etc/group.
enum UserResolver {
  static func resolve(
    _ user: String, additionalGroups: [String], in root: LayeredRoot
  ) throws -> UserLookup.Identity {
    let passwd = try root.read("/etc/passwd") ?? []
    let group = try root.read("/etc/group") ?? []
    do {
      return try UserLookup(passwd: passwd, group: group).resolve(user, additionalGroups: additionalGroups)
    } catch {
      throw EngineError(.invalidArgument, error.description)
    }
  }
}
