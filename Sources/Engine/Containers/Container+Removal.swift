import Drivers
import EngineAPI
import Glibc
import JSON
import LinuxSystem
import Logging
import OCI
import ShimProtocol

/// What follows an end: a restart, or the removal of every trace.
extension Container {
  func scheduleRestart() {
    guard case .restarting(let restarting) = record.state else { return }
    let left = restarting.at.nanosecondsSince1970 - Timestamp.now().nanosecondsSince1970
    restartTimer?.cancel()
    restartTimer = Task { [weak self] in
      do { try await Task.sleep(for: .nanoseconds(max(0, left))) } catch { return }
      await self?.restartNow()
    }
  }

  func restartNow() async {
    restartTimer = nil
    do {
      try await lane.run {
        guard case .restarting(let restarting) = await self.record.state else { return }
        let attempt = await self.record.restartCount + 1
        try await self.start(
          by: .engine(via: "restart"),
          restart: RestartInfo(attempt: attempt, reason: "exit code \(restarting.exit.code)"))
      }
    } catch {
      context.logger.warning(
        "a restart failed", metadata: ["container": "\(record.shortID)", "error": "\(error)"])
      await restartFailed(error)
    }
  }

  /// A restart that was denied or failed ends the container's life for now; the reason stays visible.
  func restartFailed(_ error: any Error) async {
    guard case .restarting = record.state else { return }
    try? await input(.restartCancelled)
  }

  func remove(force: Bool, volumes: Bool) async throws {
    guard !isErased else { throw EngineError.noSuchContainer(id) }
    try await input(.removeRequested(force: force, volumes: volumes))
  }

  func removeByItself() {
    Task {
      do {
        try await lane.run {
          guard await !self.isErased else { return }
          try await self.remove(force: true, volumes: true)
        }
      } catch {
        context.logger.error(
          "automatic removal failed", metadata: ["container": "\(record.shortID)", "error": "\(error)"])
      }
    }
  }

  /// Removes every trace, the record last: what fails half-way is taken up again at the next attempt or start.
  func erase() async throws {
    guard case .removing(let removing) = record.state else { return }
    await releaseNetwork()
    await acknowledgeShim()
    try await context.snapshots.remove(container: id)
    if removing.volumes {
      for mount in record.mounts where mount.anonymous {
        if let name = mount.name { await context.volumes.removeAnonymous(name, container: id) }
      }
    }
    await context.volumes.forget(container: id)
    await context.images.release(container: id)
    try await context.removeDirectory(of: record)
    let event = context.publisher.make("destroy", container: record, [:])
    try await context.records.delete(id)
    context.publisher.publish(event)
    isErased = true
    context.forget(id)
    resolveExitWaiters()
    for waiter in removalWaiters.values { waiter.resume(returning: record.state.exit) }
    removalWaiters = [:]
    closeWaitingStreams()
    restartTimer?.cancel()
    unrecorded?.cancel()
  }
}
