import Cgroups
import Glibc
import ShimProtocol

/// A run that no record names: its container was removed, or its create was never recorded.
struct OrphanedRun {
  let id: String
  let context: ContainerContext

  func end() async {
    if let connection = try? await context.shims.connect(id) {
      _ = try? await connection.request(.hello(ShimHello(sender: context.mark, pid: getpid())))
      _ = try? await connection.request(.signal(SignalRequest(number: SIGKILL, all: true)))
      _ = try? await connection.request(.acknowledge(exec: nil))
      connection.close()
    }
    try? await context.shims.removeRunDirectory(id)
  }
}
