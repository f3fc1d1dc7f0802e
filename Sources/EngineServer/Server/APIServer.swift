public import Engine
import EngineAPI
import HummingbirdCore
public import Logging
public import NIOCore
import NIOPosix
import NIOSSL
public import ServiceLifecycle

/// The Docker Engine API of one engine, on unix sockets and TCP.
///
/// When the service is asked to end, no more connections are accepted, streams are cut, and requests that change
/// something finish within ``APIServerConfiguration/drainSeconds``.
public struct APIServer: Service {
  private let configuration: APIServerConfiguration
  private let dispatcher: Dispatcher
  private let group: any EventLoopGroup
  private let logger: Logger
  private let onListening: @Sendable ([ListenAddress]) async -> Void

  /// - Parameter onListening: is told the addresses, with the ports that the kernel chose, once all are open.
  public init(
    engine: Engine, configuration: APIServerConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger,
    onListening: @escaping @Sendable ([ListenAddress]) async -> Void = { _ in }
  ) {
    self.init(
      routes: Routes.all(EngineProvider(engine)), configuration: configuration, eventLoopGroup: eventLoopGroup,
      logger: logger,
      onListening: onListening)
  }

  init(
    routes: [Route], configuration: APIServerConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger,
    onListening: @escaping @Sendable ([ListenAddress]) async -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.dispatcher = Dispatcher(
      table: RouteTable(routes), engineVersion: configuration.engineVersion, logger: logger)
    self.group = eventLoopGroup
    self.logger = logger
    self.onListening = onListening
  }

  private typealias Listener = NIOAsyncChannel<APIChannel.Value, Never>

  public func run() async throws {
    let registry = ConnectionRegistry()
    let tls = try configuration.tls.map { try Self.context($0) }
    var listeners: [(listener: Listener, channel: APIChannel)] = []
    var sockets: [(path: String, identity: UnixListener.FileIdentity?)] = []
    defer { for socket in sockets { UnixListener.remove(path: socket.path, identity: socket.identity) } }
    var addresses: [ListenAddress] = []
    do {
      for address in configuration.addresses {
        let channel = makeChannel(address, tls: tls, registry: registry)
        let listener = try await open(address, channel)
        listeners.append((listener, channel))
        switch address {
        case .unix(let path):
          sockets.append((path, UnixListener.FileIdentity(path)))
          addresses.append(address)
        case .tcp(let host, let port):
          addresses.append(.tcp(host: host, port: listener.channel.localAddress?.port ?? port))
        }
      }
    } catch {
      for (listener, _) in listeners { try? await listener.channel.close() }
      throw error
    }
    for address in addresses { logger.info("API listens on \(address)") }
    await onListening(addresses)
    await serve(listeners, registry)
  }

  private func serve(_ listeners: [(listener: Listener, channel: APIChannel)], _ registry: ConnectionRegistry) async {
    let logger = logger
    let channels = listeners.map(\.listener.channel)
    let loop = group.next()
    let drainSeconds = configuration.drainSeconds
    await withGracefulShutdownHandler {
      await withTaskCancellationHandler {
        await withDiscardingTaskGroup { group in
          for (listener, channel) in listeners {
            group.addTask {
              do {
                try await listener.executeThenClose { inbound in
                  await withDiscardingTaskGroup { connections in
                    do {
                      for try await value in inbound {
                        connections.addTask { await channel.handle(value: value, logger: logger) }
                      }
                    } catch {
                      logger.error("accepting connections ended: \(error)")
                    }
                  }
                }
              } catch {
                logger.debug("closing a listener: \(error)")
              }
            }
          }
        }
      } onCancel: {
        for channel in channels { channel.close(promise: nil) }
        registry.drain()
        registry.closeAll()
      }
    } onGracefulShutdown: {
      for channel in channels { channel.close(promise: nil) }
      registry.drain()
      loop.scheduleTask(in: .seconds(drainSeconds)) { registry.closeAll() }
    }
  }

  private func makeChannel(
    _ address: ListenAddress, tls: NIOSSLContext?, registry: ConnectionRegistry
  ) -> APIChannel {
    let dispatcher = dispatcher
    let isUnix = if case .unix = address { true } else { false }
    return APIChannel(
      responder: { request, writer, _ in
        guard let connection = Connection.current else { preconditionFailure("a request outside its connection") }
        let output = LiveOutput(writer, on: connection)
        try await connection.serving {
          try await dispatcher.serve(request, on: connection, to: output)
        }
      },
      tls: isUnix ? nil : tls, isUnix: isUnix, registry: registry)
  }

  private func open(_ address: ListenAddress, _ channel: APIChannel) async throws -> Listener {
    let logger = logger
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 4096)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
    switch address {
    case .unix(let path):
      let descriptor = try UnixListener.bind(path: path, group: configuration.socketGroup)
      return try await bootstrap.bind(descriptor) { channel.setup(channel: $0, logger: logger) }
    case .tcp(let host, let port):
      return try await bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .bind(host: host, port: port) { channel.setup(channel: $0, logger: logger) }
    }
  }

  private static func context(_ settings: APIServerConfiguration.TLS) throws -> NIOSSLContext {
    let certificates = try NIOSSLCertificate.fromPEMFile(settings.certificate).map {
      NIOSSLCertificateSource.certificate($0)
    }
    let key = try NIOSSLPrivateKey(file: settings.key, format: .pem)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: certificates, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    if let authorities = settings.clientAuthorities {
      configuration.trustRoots = .file(authorities)
      configuration.certificateVerification = .noHostnameVerification
    }
    return try NIOSSLContext(configuration: configuration)
  }
}
