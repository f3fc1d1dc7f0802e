import Logging
import NIOCore
import OCI
import Registry

/// Runs a test in a network of its own with a client, and takes both away whatever happens.
func withNetwork(
  _ configuration: RegistryConfiguration = RegistryConfiguration(firstBackoff: .milliseconds(1)),
  _ body: (NetworkSandbox, RegistryClient) async throws -> Void
) async throws {
  let sandbox = try NetworkSandbox()
  let client = RegistryClient(configuration: configuration, eventLoopGroup: sandbox.group)
  let outcome: Result<Void, any Error>
  do {
    try await body(sandbox, client)
    outcome = .success(())
  } catch {
    outcome = .failure(error)
  }
  await client.shutdown()
  await sandbox.close()
  try outcome.get()
}

extension RemoteRepository {
  /// All bytes of a blob.
  func bytes(of descriptor: Descriptor) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    for try await chunk in blob(descriptor) { bytes += Array(chunk.readableBytesView) }
    return bytes
  }
}

/// The error that `body` throws, as text; nil when it throws none.
func failure(_ body: () async throws -> Void) async -> RegistryError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? RegistryError
  }
}
