/// What a container is, in the form of the OCI runtime specification 1.2 (`config.json`).
///
/// The engine builds it by a pure function, the runtime works on nothing else.
/// https://github.com/opencontainers/runtime-spec/blob/v1.2.0/config.md
public struct RuntimeSpec: Codable, Sendable, Hashable {
  public var ociVersion: String
  /// The container's program; `start` refuses a container without one.
  public var process: RuntimeProcess?
  public var root: RuntimeRoot?
  public var hostname: String?
  public var domainname: String?
  /// Mounted in this order, after the root.
  @OmittedWhenEmpty public var mounts: [RuntimeMount]
  /// OCI hooks: honoured by `moonpool-runtime` alone; the engine's hooks are Lua.
  public var hooks: RuntimeHooks?
  public var linux: RuntimeLinux?
  @OmittedWhenEmpty public var annotations: [String: String]

  public init(
    ociVersion: String = "1.2.0", process: RuntimeProcess? = nil, root: RuntimeRoot? = nil, hostname: String? = nil,
    domainname: String? = nil, mounts: [RuntimeMount] = [], hooks: RuntimeHooks? = nil, linux: RuntimeLinux? = nil,
    annotations: [String: String] = [:]
  ) {
    self.ociVersion = ociVersion
    self.process = process
    self.root = root
    self.hostname = hostname
    self.domainname = domainname
    self.mounts = mounts
    self.hooks = hooks
    self.linux = linux
    self.annotations = annotations
  }

  private enum CodingKeys: String, CodingKey {
    case ociVersion, process, root, hostname, domainname, mounts, hooks, linux, annotations
  }
}

/// The root file system: an absolute path, or one relative to the bundle.
public struct RuntimeRoot: Codable, Sendable, Hashable {
  public var path: String
  public var readonly: Bool?

  public init(path: String, readonly: Bool? = nil) {
    self.path = path
    self.readonly = readonly
  }

  private enum CodingKeys: String, CodingKey {
    case path, readonly
  }

  /// Whether the root is made read-only once everything in it is mounted.
  public var isReadOnly: Bool { readonly ?? false }
}

/// One mount: `destination` inside the container, `source` on the host or a file system's name.
///
/// `options` are those of mount(8) as the specification lists them (`bind`, `rbind`, `ro`, `rro`, `rprivate`, `nosuid`, …);
/// unknown ones are data for the file system.
public struct RuntimeMount: Codable, Sendable, Hashable {
  public var destination: String
  public var type: String?
  public var source: String?
  @OmittedWhenEmpty public var options: [String]
  @OmittedWhenEmpty public var uidMappings: [RuntimeIDMapping]
  @OmittedWhenEmpty public var gidMappings: [RuntimeIDMapping]

  public init(
    destination: String, type: String? = nil, source: String? = nil, options: [String] = [],
    uidMappings: [RuntimeIDMapping] = [], gidMappings: [RuntimeIDMapping] = []
  ) {
    self.destination = destination
    self.type = type
    self.source = source
    self.options = options
    self.uidMappings = uidMappings
    self.gidMappings = gidMappings
  }

  private enum CodingKeys: String, CodingKey {
    case destination
    case type = "type"
    case source, options, uidMappings, gidMappings
  }
}

/// A range of user or group ids (config-linux.md, user namespace mappings).
public struct RuntimeIDMapping: Codable, Sendable, Hashable {
  public var containerID: UInt32
  public var hostID: UInt32
  public var size: UInt32

  public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
    self.containerID = containerID
    self.hostID = hostID
    self.size = size
  }

  private enum CodingKeys: String, CodingKey {
    case containerID, hostID, size
  }
}

/// Programs run at the container's turning points (config.md#posix-platform-hooks).
public struct RuntimeHooks: Codable, Sendable, Hashable {
  /// Deprecated by the specification; run in the runtime's namespaces before `createRuntime`.
  @OmittedWhenEmpty public var prestart: [RuntimeHook]
  /// Runtime's namespaces, after the namespaces exist and before pivot_root.
  @OmittedWhenEmpty public var createRuntime: [RuntimeHook]
  /// Container's namespaces (path from the host), before pivot_root.
  @OmittedWhenEmpty public var createContainer: [RuntimeHook]
  /// Container's namespaces and root, before the program is executed.
  @OmittedWhenEmpty public var startContainer: [RuntimeHook]
  /// Runtime's namespaces, after the program was started.
  @OmittedWhenEmpty public var poststart: [RuntimeHook]
  /// Runtime's namespaces, after the container was deleted.
  @OmittedWhenEmpty public var poststop: [RuntimeHook]

  public init(
    prestart: [RuntimeHook] = [], createRuntime: [RuntimeHook] = [], createContainer: [RuntimeHook] = [],
    startContainer: [RuntimeHook] = [], poststart: [RuntimeHook] = [], poststop: [RuntimeHook] = []
  ) {
    self.prestart = prestart
    self.createRuntime = createRuntime
    self.createContainer = createContainer
    self.startContainer = startContainer
    self.poststart = poststart
    self.poststop = poststop
  }

  private enum CodingKeys: String, CodingKey {
    case prestart, createRuntime, createContainer, startContainer, poststart, poststop
  }
}

/// One hook: it gets the state (`RuntimeState`) as JSON on its standard input.
public struct RuntimeHook: Codable, Sendable, Hashable {
  /// Absolute.
  public var path: String
  /// As argv, `args[0]` included.
  @OmittedWhenEmpty public var args: [String]
  @OmittedWhenEmpty public var env: [String]
  /// Seconds, greater than zero.
  public var timeout: Int?

  public init(path: String, args: [String] = [], env: [String] = [], timeout: Int? = nil) {
    self.path = path
    self.args = args
    self.env = env
    self.timeout = timeout
  }

  private enum CodingKeys: String, CodingKey {
    case path, args, env, timeout
  }
}

/// Answer of `state` (runtime.md#state), and standard input of hooks.
public struct RuntimeState: Codable, Sendable, Hashable {
  public var ociVersion: String
  public var id: String
  public var status: RuntimeStatus
  /// As seen from the host; absent when stopped.
  public var pid: Int32?
  /// Absolute path.
  public var bundle: String
  @OmittedWhenEmpty public var annotations: [String: String]

  public init(
    ociVersion: String = "1.2.0", id: String, status: RuntimeStatus, pid: Int32? = nil, bundle: String,
    annotations: [String: String] = [:]
  ) {
    self.ociVersion = ociVersion
    self.id = id
    self.status = status
    self.pid = pid
    self.bundle = bundle
    self.annotations = annotations
  }

  private enum CodingKeys: String, CodingKey {
    case ociVersion, id, status, pid, bundle, annotations
  }
}

/// State of a container (runtime.md#state).
public enum RuntimeStatus: String, Codable, Sendable, Hashable {
  case creating, created, running, stopped
}
