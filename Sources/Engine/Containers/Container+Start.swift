import Drivers
import EngineAPI
import Glibc
import JSON
import LinuxSystem
import Logging
import OCI
import ShimProtocol

/// Starting a container: from the decision to the running program.
extension Container {
  /// Starts the program. Returns when it runs.
  func start(by caller: Caller, restart: RestartInfo?) async throws {
    if case .running = record.state { throw refusal(.init(.alreadyRunning)) }
    if unrecorded != nil, await recordAgain() == false {
      throw EngineError(.full, "no space left on device: the end of the last run could not be recorded yet")
    }
    try await context.policy.start(record, by: caller, restart: restart)
    guard !isErased else { throw EngineError.noSuchContainer(id) }
    if restart == nil {
      record.restartCount = 0
      record.stoppedByUser = false
    } else {
      record.restartCount += 1
    }
    let before = record
    do {
      try await input(.startRequested(at: .now()))
    } catch {
      // The intent could not be recorded (a full disk): nothing has begun, and nothing is changed.
      if case .starting = record.state {
        record = before
        machine = ContainerStateMachine(state: before.state, autoRemove: before.hostConfig.autoRemove ?? false)
      }
      closeWaitingStreams()
      throw error
    }
    do {
      try await launch()
    } catch {
      let failure = LaunchFailure(error)
      context.logger.info("start failed", metadata: ["container": "\(record.shortID)", "reason": "\(failure.message)"])
      closeWaitingStreams()
      await killShim()
      await endOfRun()
      try? await input(.startFailed(.init(exitCode: failure.exitCode, message: failure.message)))
      throw failure.engineError
    }
  }

  func launch() async throws {
    let prepared = try await context.launches.prepare(record)
    let launched = try await context.shims.launch(prepared.spec)
    adopt(launched.connection)
    let namespaces = try await withCheckedThrowingContinuation { continuation in
      creation = continuation
      Task { await self.greet(launched.connection) }
    }
    for stream in waitingStreams {
      let descriptor = stream.descriptor.take()
      defer { close(descriptor) }
      _ = try await launched.connection.request(.attach(AttachRequest(flags: stream.flags)), descriptors: [descriptor])
    }
    waitingStreams = []
    if prepared.spec.network.wait {
      try await wire(prepared.network, namespaces, launched.connection)
    }
    _ = try await launched.connection.request(.start)
    // The `started` event came before the answer to `start`, on the same socket; it was handled in order by the pump.
    await startedOrEnded()
  }

  /// The host's part of the network, while the child mounts its root. The sockets that hold the published ports go to the
  /// shim, which keeps them as long as the container lives.
  func wire(
    _ network: PreparedNetwork, _ created: CreatedNamespaces, _ connection: ShimConnection
  ) async throws {
    guard let namespaces = try NamespaceDescriptors(created) else {
      throw EngineError(.internalError, "the shim lent no network namespace")
    }
    let reserved = try await context.networks.apply(network, container: record, namespaces: namespaces)
    if !reserved.isEmpty {
      _ = try await connection.request(
        .keep(reserved.map(\.name)), descriptors: reserved.map { $0.descriptor.rawValue })
      withExtendedLifetime(reserved) {}
    }
    _ = try await connection.request(.networkReady)
  }

  /// The request that makes events flow. Its failure ends the launch.
  func greet(_ connection: ShimConnection) async {
    do {
      _ = try await connection.request(.hello(ShimHello(sender: context.mark, pid: getpid())))
    } catch {
      fail(creationWith: error)
    }
  }

  func fail(creationWith error: any Error) {
    creation?.resume(throwing: error)
    creation = nil
  }

  /// Waits until the pump has seen the start (or the end, of a program that was very quick).
  func startedOrEnded() async {
    guard case .starting = record.state else { return }
    await withCheckedContinuation { startWaiters.append($0) }
  }

  func resolveStartWaiters() {
    for waiter in startWaiters { waiter.resume() }
    startWaiters = []
  }
}
