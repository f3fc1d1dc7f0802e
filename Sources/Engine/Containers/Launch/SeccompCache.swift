import OCI
import SeccompCompiler

/// The compiled seccomp program of a container: Docker's default, none, or a profile of its own.
///
/// A program known already is handed out at once; compiling (milliseconds) happens on a thread for what blocks.
struct SeccompCache: Sendable {
  let compiler: SeccompCompiler
  let pool: BlockingPool

  func program(
    for choice: SecurityOptions.Seccomp, privileged: Bool, capabilities: [String]
  ) async throws -> [UInt8]? {
    let compiler = compiler
    switch choice {
    case .unconfined: return nil
    case .standard where privileged: return nil
    case .standard:
      return try await pool.run { try compiler.compile(DefaultSeccompProfile.profile, capabilities: capabilities) }
    case .profile(let text):
      return try await pool.run {
        do {
          return try compiler.compile(SeccompCompiler.profile(json: Array(text.utf8)), capabilities: capabilities)
        } catch {
          throw EngineError(.invalidArgument, "Decoding seccomp profile failed: \(error)", cause: error)
        }
      }
    }
  }
}
