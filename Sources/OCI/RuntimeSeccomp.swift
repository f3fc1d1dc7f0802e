/// System call filter in the specification's form (config-linux.md#seccomp): every rule in it applies.
///
/// Docker's profile files, whose rules depend on capabilities, architecture and kernel, are `SeccompProfile`.
public struct RuntimeSeccomp: Codable, Sendable, Hashable {
  /// `SCMP_ACT_…`.
  public var defaultAction: String
  public var defaultErrnoRet: UInt32?
  /// `SCMP_ARCH_…`.
  @OmittedWhenEmpty public var architectures: [String]
  /// `SECCOMP_FILTER_FLAG_…`.
  @OmittedWhenEmpty public var flags: [String]
  public var listenerPath: String?
  public var listenerMetadata: String?
  @OmittedWhenEmpty public var syscalls: [RuntimeSyscall]

  public init(
    defaultAction: String, defaultErrnoRet: UInt32? = nil, architectures: [String] = [], flags: [String] = [],
    listenerPath: String? = nil, listenerMetadata: String? = nil, syscalls: [RuntimeSyscall] = []
  ) {
    self.defaultAction = defaultAction
    self.defaultErrnoRet = defaultErrnoRet
    self.architectures = architectures
    self.flags = flags
    self.listenerPath = listenerPath
    self.listenerMetadata = listenerMetadata
    self.syscalls = syscalls
  }

  private enum CodingKeys: String, CodingKey {
    case defaultAction, defaultErrnoRet, architectures, flags, listenerPath, listenerMetadata
    case syscalls
  }
}

/// One rule: any of `names`, when all `args` match.
public struct RuntimeSyscall: Codable, Sendable, Hashable {
  @OmittedWhenEmpty public var names: [String]
  public var action: String
  public var errnoRet: UInt32?
  @OmittedWhenEmpty public var args: [RuntimeSyscallArgument]

  public init(names: [String], action: String, errnoRet: UInt32? = nil, args: [RuntimeSyscallArgument] = []) {
    self.names = names
    self.action = action
    self.errnoRet = errnoRet
    self.args = args
  }

  private enum CodingKeys: String, CodingKey {
    case names, action, errnoRet, args
  }
}

/// Comparison of one argument; for `SCMP_CMP_MASKED_EQ`, `value` is the mask and `valueTwo` the wanted bits.
public struct RuntimeSyscallArgument: Codable, Sendable, Hashable {
  public var index: UInt
  public var value: UInt64
  public var valueTwo: UInt64?
  /// `SCMP_CMP_…`.
  public var op: String

  public init(index: UInt, value: UInt64, valueTwo: UInt64? = nil, op: String) {
    self.index = index
    self.value = value
    self.valueTwo = valueTwo
    self.op = op
  }

  private enum CodingKeys: String, CodingKey {
    case index, value, valueTwo, op
  }
}

/// Docker's form of a seccomp profile (`--security-opt seccomp=FILE`, moby's default.json).
///
/// Rules may carry conditions (`includes`, `excludes`), architectures a map with their sub-architectures.
public struct SeccompProfile: Codable, Sendable, Hashable {
  public var defaultAction: String
  public var defaultErrnoRet: UInt32?
  @OmittedWhenEmpty public var architectures: [String]
  @OmittedWhenEmpty public var archMap: [SeccompArchitecture]
  @OmittedWhenEmpty public var flags: [String]
  public var listenerPath: String?
  public var listenerMetadata: String?
  @OmittedWhenEmpty public var syscalls: [SeccompProfileSyscall]

  public init(
    defaultAction: String, defaultErrnoRet: UInt32? = nil, architectures: [String] = [],
    archMap: [SeccompArchitecture] = [], flags: [String] = [], listenerPath: String? = nil,
    listenerMetadata: String? = nil, syscalls: [SeccompProfileSyscall] = []
  ) {
    self.defaultAction = defaultAction
    self.defaultErrnoRet = defaultErrnoRet
    self.architectures = architectures
    self.archMap = archMap
    self.flags = flags
    self.listenerPath = listenerPath
    self.listenerMetadata = listenerMetadata
    self.syscalls = syscalls
  }

  private enum CodingKeys: String, CodingKey {
    case defaultAction, defaultErrnoRet, architectures, archMap, flags, listenerPath, listenerMetadata
    case syscalls
  }
}

/// A native architecture and those its kernel runs besides.
public struct SeccompArchitecture: Codable, Sendable, Hashable {
  public var architecture: String
  @OmittedWhenEmpty public var subArchitectures: [String]

  public init(architecture: String, subArchitectures: [String] = []) {
    self.architecture = architecture
    self.subArchitectures = subArchitectures
  }

  private enum CodingKeys: String, CodingKey {
    case architecture, subArchitectures
  }
}

/// A rule and the conditions under which it applies. `name` is the old single form of `names`.
public struct SeccompProfileSyscall: Codable, Sendable, Hashable {
  public var name: String?
  @OmittedWhenEmpty public var names: [String]
  public var action: String
  public var errnoRet: UInt32?
  @OmittedWhenEmpty public var args: [RuntimeSyscallArgument]
  public var comment: String?
  /// All must hold.
  public var includes: SeccompFilter?
  /// None may hold.
  public var excludes: SeccompFilter?

  public init(
    name: String? = nil, names: [String] = [], action: String, errnoRet: UInt32? = nil,
    args: [RuntimeSyscallArgument] = [], comment: String? = nil, includes: SeccompFilter? = nil,
    excludes: SeccompFilter? = nil
  ) {
    self.name = name
    self.names = names
    self.action = action
    self.errnoRet = errnoRet
    self.args = args
    self.comment = comment
    self.includes = includes
    self.excludes = excludes
  }

  private enum CodingKeys: String, CodingKey {
    case name, names, action, errnoRet, args, comment, includes, excludes
  }
}

/// Conditions of a rule: capabilities held, architectures (`amd64`), at least this kernel (`4.8`).
public struct SeccompFilter: Codable, Sendable, Hashable {
  @OmittedWhenEmpty public var caps: [String]
  @OmittedWhenEmpty public var arches: [String]
  public var minKernel: String?

  public init(caps: [String] = [], arches: [String] = [], minKernel: String? = nil) {
    self.caps = caps
    self.arches = arches
    self.minKernel = minKernel
  }

  private enum CodingKeys: String, CodingKey {
    case caps, arches, minKernel
  }
}
