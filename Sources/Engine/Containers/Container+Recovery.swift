import Drivers
import EngineAPI
import Glibc
import JSON
import LinuxSystem
import Logging
import OCI
import ShimProtocol

/// Going on from what a former daemon left.
extension Container {
  /// Compares what the record says with what is there, and goes on from it (DESIGN §5).
  func recover() async throws {
    switch record.state {
    case .running, .starting: try await recoverRun()
    case .removing: try await recoverRemoval()
    case .restarting:
      await discardRun()
      scheduleRestart()
    case .created, .exited: await discardRun()
    }
  }

  func recoverRun() async throws {
    guard let connection = try await context.shims.connect(id) else { return try await recoverWithoutShim() }
    let greeting = try? await connection.request(.hello(ShimHello(sender: context.mark, pid: getpid())))
    guard greeting != nil, case .state(let state)? = try? await connection.request(.state).response else {
      connection.close()
      return try await recoverWithoutShim()
    }
    switch state.phase {
    case .running, .paused:
      adopt(connection)
      if isStarting {
        // It was started, and the daemon died before it could say so.
        try await input(
          .started(pid: state.pid, startTime: state.startTime, at: Timestamp(nanosecondsSince1970: state.startedAt)))
      }
      if let running = record.state.running, running.paused != (state.phase == .paused) {
        try await input(state.phase == .paused ? .paused : .resumed)
      }
      execs = Set(state.execs.map(\.id))
      for exec in state.execs {
        context.execs.adopt(exec, container: id, owner: record.owner)
        if let exit = exec.exit { await context.execEnded(exec.id, exit) }
      }
    case .exited:
      adopt(connection)
      if let exit = state.exit, isStarting, exit.startedAt > 0 {
        try await input(
          .started(pid: state.pid, startTime: state.startTime, at: Timestamp(nanosecondsSince1970: exit.startedAt)))
      }
      if let exit = state.exit, record.state.isRunning {
        try await ended(exit)
      } else {
        try await undoStart("the daemon ended while the container was being started")
      }
    case .creating, .created:
      adopt(connection)
      await killShim()
      await endOfRun()
      try await undoStart("the daemon ended while the container was being started")
    }
  }

  func recoverWithoutShim() async throws {
    if case .running = record.state { return await lostShim() }
    if let left = try? await context.shims.readExit(id), left.startedAt > 0 {
      try await input(.started(pid: 0, startTime: 0, at: Timestamp(nanosecondsSince1970: left.startedAt)))
      return try await ended(left)
    }
    await context.killCgroup(of: record)
    try await undoStart("the daemon ended while the container was being started")
  }

  func undoStart(_ reason: String) async throws {
    try await input(.startFailed(.init(exitCode: 128, message: reason)))
  }

  func recoverRemoval() async throws {
    await discardRun()
    try await input(.removeRequested(force: true, volumes: false))
  }

  /// Ends a shim that nobody's record speaks of any more, and removes what it left.
  func discardRun() async {
    if let connection = try? await context.shims.connect(id) {
      await OrphanedRun.end(connection, mark: context.mark)
    }
    try? await context.shims.removeRunDirectory(id)
  }
}
