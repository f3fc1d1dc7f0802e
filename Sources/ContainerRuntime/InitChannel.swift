import CLinux
import LinuxSystem

/// The new process's side of the conversation with its creator (InitMessage.swift).
struct InitChannel {
  private(set) var descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// Waits for exactly this request. A creator that has gone ends the process: nobody would ever start or reap it.
  func expect(_ wanted: InitRequest) throws(RuntimeError) {
    var message: DescriptorPassing.Message
    do { message = try DescriptorPassing.receive(limit: 64, fromRaw: descriptor) } catch {
      throw RuntimeError(step: "init", error)
    }
    if message.isEnd { cl_exit(1) }
    guard message.bytes == [wanted.rawValue] else {
      throw RuntimeError(.died, step: "init", "the creator sent \(message.bytes) instead of \(wanted)")
    }
  }

  func send(_ report: InitReport, descriptors: [Int32] = []) throws(RuntimeError) {
    do { try DescriptorPassing.send(report.bytes, descriptors: descriptors, overRaw: descriptor) } catch {
      throw RuntimeError(step: "init", error)
    }
  }

  /// Goes on with whoever connects to `listener` (`StartClient`) instead of the creator.
  mutating func acceptSuccessor(on listener: Int32) throws(RuntimeError) {
    let accepted = try step("start") { try check(cl_accept(listener, 0), "accept") }
    _ = cl_close(descriptor)
    descriptor = accepted
  }

  /// Reports the error and ends the process.
  func fail(_ error: RuntimeError) -> Never {
    try? send(.failed(error))
    cl_exit(error.exitCode)
  }
}
