import Glibc
import ShimProtocol

/// A run that no record speaks of: its container was removed, or its start was never recorded.
enum OrphanedRun {
  /// Kills what runs, waits for its end, and dismisses the shim.
  static func end(_ connection: ShimConnection, mark: String) async {
    _ = try? await connection.request(.hello(ShimHello(sender: mark, pid: getpid())))
    guard case .state(let state)? = try? await connection.request(.state).response else { return connection.close() }
    if state.phase != .exited {
      _ = try? await connection.request(.signal(SignalRequest(number: SIGKILL, all: true)))
      for await incoming in connection.events {
        if case .exited = incoming.event { break }
      }
    }
    _ = try? await connection.request(.acknowledge(exec: nil))
    connection.close()
  }
}
