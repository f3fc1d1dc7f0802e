import Drivers
import EngineAPI
import ImageStore
import JSON
import LinuxSystem
import Logging
import NIOPosix
import OCI
import Registry

/// Images: what registries give, what is stored, and its names.
public final class ImageService: Sendable {
  let configuration: EngineConfiguration
  let store: ImageStore
  let registry: RegistryClient
  let publisher: EventPublisher
  let gate: OperationGate
  let pool: BlockingPool
  let logger: Logger
  private let users: @Sendable () async -> [ImageUse]

  init(
    configuration: EngineConfiguration, publisher: EventPublisher, gate: OperationGate, pool: BlockingPool,
    logger: Logger, users: @escaping @Sendable () async -> [ImageUse]
  ) async throws {
    self.configuration = configuration
    self.publisher = publisher
    self.gate = gate
    self.pool = pool
    self.logger = logger
    self.users = users
    store = try await ImageStore.open(root: configuration.dataRoot, logger: logger)
    registry = RegistryClient(
      configuration: RegistryConfiguration(
        insecureRegistries: configuration.insecureRegistries,
        certificateDirectories: ["/etc/moonpool/certs.d", "/etc/docker/certs.d"],
        userAgent: "moonpool/\(EngineVersion.current)"),
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
  }

  func close() async throws {
    await registry.shutdown()
    store.close()
  }

  // MARK: For containers

  /// The image of a reference or an id, ready to be run.
  func resolve(_ reference: String) async throws -> ResolvedImage {
    do {
      let found = try store.find(reference)
      let configuration = try await store.configuration(of: found.id)
      return ResolvedImage(
        id: found.id.description, configuration: configuration, repoTags: found.repoTags,
        repoDigests: found.repoDigests, size: found.record.size, origin: found.record.origin.rawValue)
    } catch {
      throw Self.wrap(error)
    }
  }

  /// Takes an image for a container: its layers stay until `release`, even when the image is removed.
  func hold(_ image: ResolvedImage, container id: String) async throws -> [SnapshotRequest.Parent] {
    do {
      let unpacked = try await store.hold(try Digest(image.id), for: id)
      return zip(unpacked.chainIDs, unpacked.layers).map { .init(key: $0.description, path: $1) }
    } catch {
      throw Self.wrap(error)
    }
  }

  func release(container id: String) async { await store.release(id) }

  /// After a restart: what containers hold, then the removal of what nobody needs.
  func recover(holds: [String: (image: String, layers: [String])]) async {
    for (container, hold) in holds {
      guard let image = try? Digest(hold.image) else { continue }
      store.restoreHold(image, chainIDs: hold.layers.compactMap { try? Digest($0) }, for: container)
    }
    do { try await store.collectGarbage() } catch {
      logger.error("what no image needs could not be removed", metadata: ["error": "\(error)"])
    }
  }

  static func wrap(_ error: any Error) -> EngineError {
    switch error {
    case let error as EngineError: return error
    case let error as ImageStoreError:
      let code: EngineError.Code =
        switch error.code {
        case .notFound: .notFound
        case .conflict: .conflict
        case .invalid, .ambiguous: .invalidArgument
        case .noSpace: .full
        default: .internalError
        }
      return EngineError(code, error.message, cause: error)
    case let error as RegistryError:
      let code: EngineError.Code =
        switch error.code {
        case .manifestUnknown, .nameUnknown, .denied: .notFound
        case .unauthorized: .unauthorized
        case .cancelled: .canceled
        default: .internalError
        }
      return EngineError(code, error.message, cause: error)
    case let error as ReferenceError: return EngineError(.invalidArgument, "\(error)", cause: error)
    case let error as PlatformError: return EngineError(.invalidArgument, "\(error)", cause: error)
    case let error as ManifestError: return EngineError(.internalError, "\(error)", cause: error)
    default: return EngineError.wrap(error)
    }
  }

  func storeUsers() async -> [ImageUser] {
    await users().compactMap { use in
      guard let image = try? Digest(use.image) else { return nil }
      return ImageUser(container: use.container, image: image, isRunning: use.isRunning)
    }
  }

  // MARK: Credentials

  static func credentials(_ auth: AuthConfig?) -> RegistryCredentials {
    guard let auth else { return .anonymous }
    var name = auth.username ?? ""
    var password = auth.password ?? ""
    if name.isEmpty, let packed = auth.auth, let bytes = Base64.decode(packed.utf8) {
      let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":", maxSplits: 1).map(String.init)
      if parts.count == 2 { (name, password) = (parts[0], parts[1]) }
    }
    return RegistryCredentials(
      username: name, password: password, identityToken: auth.identitytoken ?? "",
      registryToken: auth.registrytoken ?? "")
  }

  func authenticate(_ auth: AuthConfig) async throws -> AuthResponse {
    var domain = auth.serveraddress ?? ""
    for prefix in ["https://", "http://"] where domain.hasPrefix(prefix) { domain.removeFirst(prefix.count) }
    domain = String(domain.prefix { $0 != "/" })
    if domain.isEmpty || domain == "index.docker.io" { domain = "docker.io" }
    do {
      let token = try await registry.login(to: domain, credentials: Self.credentials(auth))
      return AuthResponse(status: "Login Succeeded", identityToken: token ?? "")
    } catch {
      throw Self.wrap(error)
    }
  }
}

/// A container that uses an image.
struct ImageUse: Sendable, Hashable {
  var container: String
  var image: String
  var isRunning: Bool
}
