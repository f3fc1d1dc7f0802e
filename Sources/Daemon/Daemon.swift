import Engine
import EngineServer
import Glibc
import LinuxSystem
import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// The daemon: an engine, and the API server over it.
public enum Daemon {
  /// Runs until a signal ends it; returns the process's exit status.
  public static func main(_ arguments: [String]) async -> Int32 {
    do {
      if let status = try await ScriptTool.run(arguments) { return status }
      let options = try DaemonOptions.read(arguments)
      switch options.action {
      case .help: print(DaemonOptions.help, terminator: "")
      case .version: print("Moonpool version \(EngineVersion.current)")
      case .validate: print("configuration OK")
      case .serve: try await serve(options)
      }
      return 0
    } catch {
      complain("moonpoold: \(error)\n")
      return 1
    }
  }

  static func complain(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(2, bytes, bytes.count)
  }

  private static func serve(_ options: DaemonOptions) async throws {
    guard geteuid() == 0 else {
      throw OptionError("the daemon needs root: it makes namespaces, mounts and network interfaces")
    }
    umask(0o022)
    let logger = logger(options)
    let installation = try Installation(options)
    let configuration = EngineConfiguration(options, installation: installation)
    let lock = try InstanceLock(dataRoot: configuration.dataRoot)
    let pidFile = try PIDFile(options.pidFile)
    defer { pidFile.remove() }

    let engine = try await Engine.open(configuration, logger: logger)
    let server = APIServer(
      engine: engine, configuration: try APIServerConfiguration(options),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: logger)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          .init(service: EngineService(engine: engine), successTerminationBehavior: .gracefullyShutdownGroup),
          .init(service: server, successTerminationBehavior: .gracefullyShutdownGroup),
        ], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    try await group.run()
    withExtendedLifetime(lock) {}
  }

  private static func logger(_ options: DaemonOptions) -> Logger {
    let level: Logger.Level =
      options.debug
      ? .debug
      : ["debug": .debug, "info": .info, "warn": .warning, "error": .error, "fatal": .critical][options.logLevel]
        ?? .info
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    var logger = Logger(label: "moonpoold")
    logger.logLevel = level
    return logger
  }
}

/// Keeps the engine open while the server runs, and closes it after.
private struct EngineService: Service {
  let engine: Engine

  func run() async throws {
    try? await gracefulShutdown()
    await engine.close()
  }
}

extension EngineConfiguration {
  init(_ options: DaemonOptions, installation: Installation) {
    self.init(
      dataRoot: options.dataRoot, execRoot: options.execRoot, shimPath: installation.shim,
      shippedPlugins: installation.plugins)
    cgroupParent = options.cgroupParent
    hooksDirectory = options.safeMode ? nil : options.hooks
    sitePlugins = options.plugins
    bridgeAddress = options.bip
    insecureRegistries = options.insecureRegistries
    registryMirrors = options.registryMirrors
    dns = options.dns
    dnsSearch = options.dnsSearch
    dnsOptions = options.dnsOptions
    defaultShmSize = options.defaultShmSize
    defaultUlimits = options.defaultUlimits
    defaultLogDriver = options.logDriver
    defaultLogOptions = options.logOptions
    labels = options.labels
    maxConcurrentDownloads = options.maxConcurrentDownloads
    defaultInit = options.initProcess
    debug = options.debug
  }
}

extension APIServerConfiguration {
  init(_ options: DaemonOptions) throws {
    let hosts = options.hosts.isEmpty ? ["unix:///run/moonpool.sock"] : options.hosts
    let tls = options.tls || options.tlsVerify
    self.init(
      addresses: try hosts.map { try ListenAddress($0) },
      tls: tls
        ? TLS(
          certificate: options.tlsCertificate, key: options.tlsKey,
          clientAuthorities: options.tlsVerify ? options.tlsAuthorities : nil) : nil,
      socketGroup: options.group, engineVersion: EngineVersion.current)
  }
}
