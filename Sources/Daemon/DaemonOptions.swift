import EngineAPI

/// How the daemon was asked to run: Docker's flags and keys of `daemon.json` where it has the same thing, and
/// `--hooks`, `--plugins` of its own.
struct DaemonOptions: Sendable, Equatable {
  var dataRoot = "/var/lib/moonpool"
  var execRoot = "/run/moonpool"
  var hosts: [String] = []
  var pidFile = "/run/moonpool.pid"
  var configFile = "/etc/moonpool/daemon.json"
  var debug = false
  var logLevel = "info"
  var group: String?
  var hooks = "/etc/moonpool/hooks"
  var safeMode = false
  var plugins: String?
  var bip: String?
  var cgroupParent: String?
  var insecureRegistries: [String] = []
  var registryMirrors: [String] = []
  var dns: [String] = []
  var dnsSearch: [String] = []
  var dnsOptions: [String] = []
  var labels: [String] = []
  var logDriver = "json-file"
  var logOptions: [String: String] = [:]
  var defaultShmSize: Int64 = 64 << 20
  var defaultUlimits: [String] = []
  var initProcess = false
  var maxConcurrentDownloads = 3
  var tls = false
  var tlsVerify = false
  var tlsCertificate = "/etc/moonpool/cert.pem"
  var tlsKey = "/etc/moonpool/key.pem"
  var tlsAuthorities = "/etc/moonpool/ca.pem"
  var shim: String?
  var shippedPlugins: String?
  var action: Action = .serve

  enum Action: Sendable, Equatable {
    case serve
    case help
    case version
    /// `--validate`: reads everything, starts nothing.
    case validate
  }
}

struct OptionError: Error, Equatable, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// One flag, with its key in `daemon.json`: the one table that parsing, the file and the help come from.
struct DaemonFlag: Sendable {
  enum Kind: Sendable {
    case boolean(@Sendable (inout DaemonOptions, Bool) -> Void)
    case text(String, @Sendable (inout DaemonOptions, String) throws(OptionError) -> Void)
    case list(String, @Sendable (inout DaemonOptions, String) throws(OptionError) -> Void)
    case map(String, @Sendable (inout DaemonOptions, String, String) -> Void)
  }

  var name: String
  var short: Character?
  /// The key of `daemon.json`; nil where the file has none.
  var key: String?
  var kind: Kind
  var help: String

  init(_ name: String, short: Character? = nil, key: String? = nil, _ kind: Kind, _ help: String) {
    self.name = name
    self.short = short
    self.key = key
    self.kind = kind
    self.help = help
  }
}

extension DaemonFlag {
  private static func number(_ text: String, _ flag: String) throws(OptionError) -> Int {
    guard let value = Int(text), value > 0 else {
      throw OptionError("invalid value \"\(text)\" for --\(flag): a positive number is needed")
    }
    return value
  }

  static let all: [DaemonFlag] = [
    DaemonFlag("bip", key: "bip", .text("CIDR", { $0.bip = $1 }), "Address of the default bridge"),
    DaemonFlag(
      "cgroup-parent", key: "cgroup-parent", .text("PATH", { $0.cgroupParent = $1 }), "Parent cgroup of all containers"),
    DaemonFlag("config-file", .text("FILE", { $0.configFile = $1 }), "Configuration file"),
    DaemonFlag(
      "data-root", key: "data-root", .text("DIR", { $0.dataRoot = $1 }), "Directory of images, volumes and records"),
    DaemonFlag("debug", short: "D", key: "debug", .boolean { $0.debug = $1 }, "Log more"),
    DaemonFlag(
      "default-shm-size", key: "default-shm-size",
      .text(
        "BYTES",
        { (options, text) throws(OptionError) in
          do throws(InvalidValue) { options.defaultShmSize = try ByteSize.parse(text) } catch {
            throw OptionError(error.message)
          }
        }), "Size of /dev/shm in containers"),
    DaemonFlag(
      "default-ulimit", key: "default-ulimits",
      .list(
        "NAME=SOFT[:HARD]",
        { (options, text) throws(OptionError) in
          do throws(InvalidValue) { _ = try Ulimit(text) } catch { throw OptionError(error.message) }
          options.defaultUlimits.append(text)
        }), "Default limits of containers"),
    DaemonFlag("dns", key: "dns", .list("ADDRESS", { $0.dns.append($1) }), "Name servers of containers"),
    DaemonFlag("dns-opt", key: "dns-opts", .list("OPTION", { $0.dnsOptions.append($1) }), "Options of resolv.conf"),
    DaemonFlag("dns-search", key: "dns-search", .list("DOMAIN", { $0.dnsSearch.append($1) }), "Search domains"),
    DaemonFlag(
      "exec-root", key: "exec-root", .text("DIR", { $0.execRoot = $1 }), "Directory of what does not survive a reboot"),
    DaemonFlag(
      "group", short: "G", key: "group", .text("NAME", { $0.group = $1 }), "Group that may use the unix socket"),
    DaemonFlag("help", .boolean { if $1 { $0.action = .help } }, "Print this"),
    DaemonFlag("hooks", key: "hooks", .text("DIR", { $0.hooks = $1 }), "The site's hooks; the directory may be absent"),
    DaemonFlag(
      "host", short: "H", key: "hosts", .list("ADDRESS", { $0.hosts.append($1) }),
      "Where to listen: unix://PATH or tcp://HOST:PORT"),
    DaemonFlag("init", key: "init", .boolean { $0.initProcess = $1 }, "Run an init in every container"),
    DaemonFlag(
      "insecure-registry", key: "insecure-registries", .list("HOST[:PORT]|CIDR", { $0.insecureRegistries.append($1) }),
      "Registries that may be used without TLS"),
    DaemonFlag("label", key: "labels", .list("KEY=VALUE", { $0.labels.append($1) }), "Labels of the daemon"),
    DaemonFlag(
      "live-restore", key: "live-restore", .boolean { _, _ in }, "Always so: containers go on without the daemon"),
    DaemonFlag(
      "log-driver", key: "log-driver", .text("NAME", { $0.logDriver = $1 }), "Default log driver of containers"),
    DaemonFlag(
      "log-level", short: "l", key: "log-level",
      .text(
        "LEVEL",
        { (options, text) throws(OptionError) in
          guard ["debug", "info", "warn", "error", "fatal"].contains(text) else {
            throw OptionError("invalid value \"\(text)\" for --log-level: use debug, info, warn, error or fatal")
          }
          options.logLevel = text
        }), "debug, info, warn, error or fatal"),
    DaemonFlag(
      "log-opt", key: "log-opts", .map("KEY=VALUE", { $0.logOptions[$1] = $2 }), "Default log options of containers"),
    DaemonFlag(
      "max-concurrent-downloads", key: "max-concurrent-downloads",
      .text(
        "NUMBER",
        { (options, text) throws(OptionError) in
          options.maxConcurrentDownloads = try number(text, "max-concurrent-downloads")
        }), "Layers of one pull downloaded at once"),
    DaemonFlag(
      "pidfile", short: "p", key: "pidfile", .text("FILE", { $0.pidFile = $1 }), "Where to write the daemon's pid"),
    DaemonFlag(
      "plugins", key: "plugins", .text("DIR", { $0.plugins = $1 }),
      "The site's drivers, added to those that come with the engine"),
    DaemonFlag(
      "registry-mirror", key: "registry-mirrors", .list("URL", { $0.registryMirrors.append($1) }),
      "Mirrors of the default registry"),
    DaemonFlag("safe-mode", .boolean { $0.safeMode = $1 }, "Start without hooks"),
    DaemonFlag("shim", key: "shim", .text("FILE", { $0.shim = $1 }), "The shim's program"),
    DaemonFlag("shipped-plugins", .text("DIR", { $0.shippedPlugins = $1 }), "The drivers that come with the engine"),
    DaemonFlag("tls", key: "tls", .boolean { $0.tls = $1 }, "Use TLS on TCP"),
    DaemonFlag(
      "tlscacert", key: "tlscacert", .text("FILE", { $0.tlsAuthorities = $1 }), "Authorities of client certificates"),
    DaemonFlag("tlscert", key: "tlscert", .text("FILE", { $0.tlsCertificate = $1 }), "The server's certificate"),
    DaemonFlag("tlskey", key: "tlskey", .text("FILE", { $0.tlsKey = $1 }), "The server's key"),
    DaemonFlag("tlsverify", key: "tlsverify", .boolean { $0.tlsVerify = $1 }, "Use TLS and demand client certificates"),
    DaemonFlag("validate", .boolean { if $1 { $0.action = .validate } }, "Check the configuration and end"),
    DaemonFlag("version", short: "v", .boolean { if $1 { $0.action = .version } }, "Print the version"),
  ]
}
