/// Resolves Docker's `user[:group]` from the bytes of a container's /etc/passwd and /etc/group.
///
/// `"nginx"`, `"1000"`, `"nginx:www-data"`, `"1000:1000"`, `""`; the rules are those of moby's sys/user (GetExecUser):
/// a name must be in the file, a number need not; without a group the user's primary one is taken; supplementary groups
/// are those that list the user's name, and only when no group was named.
public struct UserLookup: Sendable, Hashable {
  public struct Identity: Sendable, Hashable {
    public var uid: UInt32
    public var gid: UInt32
    public var supplementaryGroups: [UInt32]
    /// `/` when the user is not in the file.
    public var home: String
  }

  /// A name that is not in the file, or a number outside 0 … 2³¹−1.
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    public var description: String
  }

  struct User: Hashable, Sendable {
    var name: String
    var uid: UInt32
    var gid: UInt32
    var home: String
  }
  struct Group: Hashable, Sendable {
    var name: String
    var gid: UInt32
    var members: [String]
  }
  var users: [User]
  var groups: [Group]

  /// Lines that do not parse are skipped, as login does.
  public init(passwd: [UInt8], group: [UInt8]) {
    users = Self.lines(passwd).compactMap { fields in
      guard fields.count >= 4, let uid = UInt32(fields[2]), let gid = UInt32(fields[3]) else { return nil }
      return User(name: fields[0], uid: uid, gid: gid, home: fields.count > 5 ? fields[5] : "")
    }
    groups = Self.lines(group).compactMap { fields in
      guard fields.count >= 3, let gid = UInt32(fields[2]) else { return nil }
      let members = fields.count > 3 ? fields[3].split(separator: ",").map(String.init) : []
      return Group(name: fields[0], gid: gid, members: members)
    }
  }

  private static func lines(_ bytes: [UInt8]) -> [[String]] {
    bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
      return line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// Resolves `specification`; the empty string is root. `additionalGroups` are names or numbers (`--group-add`).
  public func resolve(_ specification: String, additionalGroups: [String] = []) throws(Failure) -> Identity {
    let parts = specification.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let wantedUser = parts.first ?? ""
    let wantedGroup = parts.count > 1 ? parts[1] : ""

    var identity = Identity(uid: 0, gid: 0, supplementaryGroups: [], home: "/")
    let number = try Self.number(wantedUser, "user")
    let user = users.first { user in
      wantedUser.isEmpty ? user.uid == 0 : user.name == wantedUser || (number != nil && user.uid == number)
    }
    if let user {
      identity.uid = user.uid
      identity.gid = user.gid
      if !user.home.isEmpty { identity.home = user.home }
    } else if let number {
      identity.uid = number
    } else if !wantedUser.isEmpty {
      throw Failure(description: "unable to find user \(wantedUser): no matching entries in passwd file")
    }

    if wantedGroup.isEmpty {
      if let user { identity.supplementaryGroups = groups.filter { $0.members.contains(user.name) }.map(\.gid) }
    } else {
      identity.gid = try group(wantedGroup)
    }
    for name in additionalGroups {
      let gid = try group(name)
      if !identity.supplementaryGroups.contains(gid) { identity.supplementaryGroups.append(gid) }
    }
    return identity
  }

  private func group(_ name: String) throws(Failure) -> UInt32 {
    let number = try Self.number(name, "group")
    if let found = groups.first(where: { $0.name == name || (number != nil && $0.gid == number) }) { return found.gid }
    if let number { return number }
    throw Failure(description: "unable to find group \(name): no matching entries in group file")
  }

  private static func number(_ text: String, _ what: String) throws(Failure) -> UInt32? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    guard let number = UInt32(text), number <= UInt32(Int32.max) else {
      throw Failure(description: "\(what) \(text): numbers must be between 0 and 2147483647")
    }
    return number
  }
}
