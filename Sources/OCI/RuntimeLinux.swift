/// The Linux part of the specification (config-linux.md).
public struct RuntimeLinux: Codable, Sendable, Hashable {
  /// Without a path: a new one. Kinds not listed are the runtime's own.
  @OmittedWhenEmpty public var namespaces: [RuntimeNamespace]
  @OmittedWhenEmpty public var uidMappings: [RuntimeIDMapping]
  @OmittedWhenEmpty public var gidMappings: [RuntimeIDMapping]
  /// Besides the default devices, which every container has.
  @OmittedWhenEmpty public var devices: [RuntimeDevice]
  public var cgroupsPath: String?
  public var resources: RuntimeResources?
  /// `shared`, `slave`, `private`, `unbindable` or their recursive forms.
  public var rootfsPropagation: String?
  public var seccomp: RuntimeSeccomp?
  @OmittedWhenEmpty public var sysctl: [String: String]
  @OmittedWhenEmpty public var maskedPaths: [String]
  @OmittedWhenEmpty public var readonlyPaths: [String]
  public var mountLabel: String?
  public var personality: RuntimePersonality?
  /// Of a new time namespace: `monotonic`, `boottime`.
  @OmittedWhenEmpty public var timeOffsets: [String: RuntimeTimeOffset]

  public init(
    namespaces: [RuntimeNamespace] = [], uidMappings: [RuntimeIDMapping] = [], gidMappings: [RuntimeIDMapping] = [],
    devices: [RuntimeDevice] = [], cgroupsPath: String? = nil, resources: RuntimeResources? = nil,
    rootfsPropagation: String? = nil, seccomp: RuntimeSeccomp? = nil, sysctl: [String: String] = [:],
    maskedPaths: [String] = [], readonlyPaths: [String] = [], mountLabel: String? = nil,
    personality: RuntimePersonality? = nil, timeOffsets: [String: RuntimeTimeOffset] = [:]
  ) {
    self.namespaces = namespaces
    self.uidMappings = uidMappings
    self.gidMappings = gidMappings
    self.devices = devices
    self.cgroupsPath = cgroupsPath
    self.resources = resources
    self.rootfsPropagation = rootfsPropagation
    self.seccomp = seccomp
    self.sysctl = sysctl
    self.maskedPaths = maskedPaths
    self.readonlyPaths = readonlyPaths
    self.mountLabel = mountLabel
    self.personality = personality
    self.timeOffsets = timeOffsets
  }

  private enum CodingKeys: String, CodingKey {
    case namespaces, uidMappings, gidMappings, devices, cgroupsPath, resources, rootfsPropagation
    case seccomp, sysctl, maskedPaths, readonlyPaths, mountLabel, personality, timeOffsets
  }
}

/// A namespace: new, or the existing one at `path`.
public struct RuntimeNamespace: Codable, Sendable, Hashable {
  public var type: RuntimeNamespaceKind
  public var path: String?

  public init(type: RuntimeNamespaceKind, path: String? = nil) {
    self.type = type
    self.path = path
  }

  private enum CodingKeys: String, CodingKey {
    case type, path
  }
}

/// Kinds of namespaces, by the specification's names.
public enum RuntimeNamespaceKind: String, Codable, Sendable, Hashable, CaseIterable {
  case pid, network, mount, ipc, uts, user, cgroup, time
}

/// A device node made in the container.
public struct RuntimeDevice: Codable, Sendable, Hashable {
  /// `c`, `b`, `u` or `p`.
  public var type: String
  /// Absolute, inside the container.
  public var path: String
  public var major: Int64?
  public var minor: Int64?
  /// Permission bits; 0666 when absent.
  public var fileMode: UInt32?
  public var uid: UInt32?
  public var gid: UInt32?

  public init(
    type: String, path: String, major: Int64? = nil, minor: Int64? = nil, fileMode: UInt32? = nil, uid: UInt32? = nil,
    gid: UInt32? = nil
  ) {
    self.type = type
    self.path = path
    self.major = major
    self.minor = minor
    self.fileMode = fileMode
    self.uid = uid
    self.gid = gid
  }

  private enum CodingKeys: String, CodingKey {
    case type, path, major, minor, fileMode, uid, gid
  }
}

/// personality(2).
public struct RuntimePersonality: Codable, Sendable, Hashable {
  /// `LINUX` or `LINUX32`.
  public var domain: String
  @OmittedWhenEmpty public var flags: [String]

  public init(domain: String, flags: [String] = []) {
    self.domain = domain
    self.flags = flags
  }

  private enum CodingKeys: String, CodingKey {
    case domain, flags
  }
}

/// Offset of a clock in a time namespace.
public struct RuntimeTimeOffset: Codable, Sendable, Hashable {
  public var secs: Int64?
  public var nanosecs: UInt32?

  public init(secs: Int64? = nil, nanosecs: UInt32? = nil) {
    self.secs = secs
    self.nanosecs = nanosecs
  }

  private enum CodingKeys: String, CodingKey {
    case secs, nanosecs
  }
}
