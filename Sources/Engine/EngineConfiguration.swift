/// Where one daemon lives and how it was asked to behave; several daemons run side by side when these differ.
public struct EngineConfiguration: Sendable {
  /// Records, images, layers, volumes, logs: what survives a reboot.
  public var dataRoot: String
  /// Shim sockets, exit files, pids: what does not.
  public var execRoot: String
  /// The parent of every container's cgroup; nil for a group named after the daemon's id.
  public var cgroupParent: String?
  /// The site's hooks; nil runs none (HOOKS.md §3).
  public var hooksDirectory: String?
  /// The drivers that come with the engine, and the site's directory that adds to them.
  public var shippedPlugins: String
  public var sitePlugins: String?
  public var shimPath: String
  /// CIDR of the default bridge ("--bip"); nil chooses from the default pools.
  public var bridgeAddress: String?
  /// Registries that may be spoken to without TLS or with an unknown certificate: HOST, HOST:PORT or CIDR.
  public var insecureRegistries: [String]
  public var registryMirrors: [String]
  /// Servers written to a container's resolv.conf; empty takes the host's.
  public var dns: [String]
  public var dnsSearch: [String]
  public var dnsOptions: [String]
  public var defaultShmSize: Int64
  public var defaultUlimits: [String]
  public var defaultLogDriver: String
  public var defaultLogOptions: [String: String]
  public var labels: [String]
  public var maxConcurrentDownloads: Int
  public var defaultInit: Bool
  public var debug: Bool

  public init(dataRoot: String, execRoot: String, shimPath: String, shippedPlugins: String) {
    self.dataRoot = dataRoot
    self.execRoot = execRoot
    self.shimPath = shimPath
    self.shippedPlugins = shippedPlugins
    insecureRegistries = []
    registryMirrors = []
    dns = []
    dnsSearch = []
    dnsOptions = []
    defaultShmSize = 64 << 20
    defaultUlimits = []
    defaultLogDriver = "json-file"
    defaultLogOptions = [:]
    labels = []
    maxConcurrentDownloads = 3
    defaultInit = false
    debug = false
  }
}
