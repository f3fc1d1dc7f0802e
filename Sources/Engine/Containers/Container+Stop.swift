import Drivers
import EngineAPI
import Glibc
import JSON
import LinuxSystem
import Logging
import OCI
import ShimProtocol

/// What ends a run or holds it up: stop, kill, pause.
extension Container {
  func stop(signal: Signal, timeout: Int, by caller: Caller) async throws {
    guard record.state.isRunning || record.state.status == "restarting" else {
      throw EngineError(.notModified, "container \(id) is already stopped")
    }
    record.stoppedByUser = true
    if record.state.status == "restarting" { return try await input(.stopRequested) }
    try await input(.stopRequested)
    try await send(signal)
    if timeout < 0 {
      _ = await nextExit()
    } else if await exit(within: .seconds(timeout)) == false {
      context.logger.info(
        "the container did not stop in time and is killed",
        metadata: ["container": "\(record.shortID)", "seconds": "\(timeout)"])
      try? await send(.kill)
      if await exit(within: .seconds(10)) == false {
        throw EngineError(
          .internalError, "container \(id) did not end after SIGKILL: a process of it is stuck in the kernel")
      }
    }
    context.publisher.announce("stop", container: record)
  }

  func kill(_ signal: Signal, by caller: Caller) async throws {
    guard record.state.isRunning else {
      throw EngineError(.conflict, "cannot kill container: \(id): container \(id) is not running")
    }
    if signal == .kill || Signal(record.stopSignal) == signal {
      record.stoppedByUser = true
      try await input(.stopRequested)
    }
    try await send(signal)
    if signal == .kill { _ = await exit(within: .seconds(10)) }
  }

  /// A frozen process takes a signal only after it is thawed, so a paused container is resumed after it.
  func send(_ signal: Signal) async throws {
    guard let shim else { throw notRunning }
    do {
      _ = try await shim.request(.signal(SignalRequest(number: signal.rawValue, all: false)))
      context.publisher.announce("kill", container: record, ["signal": "\(signal.rawValue)"])
      if record.state.running?.paused == true {
        _ = try await shim.request(.resume)
        try await input(.resumed)
      }
    } catch let error as ShimProtocolError where error.code == .conflict || error.code == .disconnected {
      // It ended in the meantime: the exit is on its way.
    }
  }

  func killAndWait() async {
    guard let shim else { return }
    _ = try? await shim.request(.signal(SignalRequest(number: SIGKILL, all: true)))
    _ = try? await shim.request(.resume)
    if await exit(within: .seconds(10)) == false { await context.killCgroup(of: record) }
  }

  func pause(by caller: Caller) async throws {
    guard let running = record.state.running else { throw notRunning }
    guard !running.paused else { throw refusal(.init(.alreadyPaused)) }
    _ = try await connection().request(.pause)
    try await input(.paused)
  }

  func resume(by caller: Caller) async throws {
    guard let running = record.state.running else { throw notRunning }
    guard running.paused else { throw refusal(.init(.notPaused)) }
    _ = try await connection().request(.resume)
    try await input(.resumed)
  }
}
