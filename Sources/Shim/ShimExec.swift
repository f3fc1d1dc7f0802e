internal import ContainerRuntime
internal import LinuxSystem
internal import ShimProtocol

/// A further program in the container, from its request to the daemon's acknowledgement of its end.
final class ShimExec {
  let id: String
  let io: ProcessIO
  let pid: Int32
  let process: PIDDescriptor
  var pending: PendingProcess?
  var controlWatch: EventLoop.Watch?
  var processWatch: EventLoop.Watch?
  var startedAt: Int64 = 0
  var failure: RuntimeError?
  var exit: ExitStatus?
  /// Who asked and waits for the pid or the reason.
  var reply: ((ShimResponse) -> Void)?

  init(id: String, io: ProcessIO, pending: PendingProcess, process: consuming PIDDescriptor) {
    self.id = id
    self.io = io
    self.pending = pending
    self.process = process
    pid = pending.pid
  }
}
