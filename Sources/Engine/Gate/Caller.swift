public import JSON

/// Who asks: the peer of the unix socket, the holder of a TLS certificate, or the engine itself on somebody's behalf.
///
/// Part of every event as `actor` (HOOKS.md §2), and kept in a container's record as its owner.
public struct Caller: Sendable, Hashable, Codable {
  public var uid: UInt32?
  public var gid: UInt32?
  public var groups: [UInt32]
  public var user: String?
  public var group: String?
  /// The audit login uid: stays that of the person through sudo and su.
  public var loginuid: UInt32?
  public var pid: Int32?
  /// The subject of the client certificate.
  public var tls: String?
  /// nil for a request; "restart", "boot", "health" or "hook:NAME" for what the engine does by itself.
  public var via: String?

  public init(
    uid: UInt32? = nil, gid: UInt32? = nil, groups: [UInt32] = [], user: String? = nil, group: String? = nil,
    loginuid: UInt32? = nil, pid: Int32? = nil, tls: String? = nil, via: String? = nil
  ) {
    self.uid = uid
    self.gid = gid
    self.groups = groups
    self.user = user
    self.group = group
    self.loginuid = loginuid
    self.pid = pid
    self.tls = tls
    self.via = via
  }

  /// The engine itself, acting by a restart policy, at boot, for a health check or for a hook.
  public static func engine(via: String) -> Caller { Caller(via: via) }

  /// The `actor` table of an event.
  public var payload: JSONObject {
    var object = JSONObject()
    object["uid"] = uid.map { .integer(Int64($0)) }
    object["gid"] = gid.map { .integer(Int64($0)) }
    object["groups"] = .array(groups.map { .integer(Int64($0)) })
    object["user"] = user.map { .string($0) }
    object["group"] = group.map { .string($0) }
    object["loginuid"] = loginuid.map { .integer(Int64($0)) }
    object["pid"] = pid.map { .integer(Int64($0)) }
    object["tls"] = tls.map { .string($0) }
    object["via"] = via.map { .string($0) }
    return object
  }
}
