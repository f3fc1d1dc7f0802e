import CLinux
import LinuxSystem

/// Starts a container that was created with a `startListener`, from another process than its creator.
public enum StartClient {
  /// Connects to the listener's socket (at most 107 bytes of path), sends `start` and waits until the program has been
  /// executed, or throws why it was not. `ECONNREFUSED` or `ENOENT`: the container is not in the created state.
  public static func start(socketPath: String) throws(RuntimeError) {
    let socket = try step("start") {
      let socket = OwnedDescriptor(owning: try check(cl_unix_socket(Int32(CL_SOCK_SEQPACKET)), "socket"))
      try check(cl_unix_connect(socket.rawValue, socketPath), "connect", socketPath)
      try DescriptorPassing.send([InitRequest.start.rawValue], over: socket)
      return socket.release()
    }
    let owned = OwnedDescriptor(owning: socket)
    let bytes = try step("start") { try DescriptorPassing.receive(limit: InitReport.limit, from: owned).bytes }
    if bytes.isEmpty { return }
    guard case .failed(let error)? = InitReport(bytes) else {
      throw RuntimeError(.died, step: "start", "the container sent an unreadable message")
    }
    throw error
  }
}
