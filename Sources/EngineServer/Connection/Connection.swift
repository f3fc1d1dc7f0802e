import Engine
import NIOCore
import Synchronization

/// One client's connection: who it is, what it is doing, and how its going away reaches what works for it.
final class Connection: Sendable {
  let channel: any Channel
  private let identify: @Sendable () async -> Caller

  private struct State {
    var caller: Caller?
    var isBusy = false
    var isGone = false
    var isDraining = false
    var cancel: (@Sendable () -> Void)?
    var isBridged = false
  }
  private let state = Mutex(State())

  /// The connection whose requests are being served by the current task.
  @TaskLocal static var current: Connection?

  init(channel: any Channel, identify: @escaping @Sendable () async -> Caller) {
    self.channel = channel
    self.identify = identify
  }

  /// Who is at the other end; looked up once.
  func caller() async -> Caller {
    if let caller = state.withLock(\.caller) { return caller }
    let caller = await identify()
    state.withLock { $0.caller = caller }
    return caller
  }

  /// Marks the time of one request, during which a server that ends waits for the connection.
  func serving<Result>(_ body: () async throws -> Result) async rethrows -> Result {
    state.withLock { $0.isBusy = true }
    defer {
      let closes = state.withLock { state in
        state.isBusy = false
        return state.isDraining
      }
      if closes { closeWhenWritten() }
    }
    return try await body()
  }

  /// Closes the connection after everything written before has left: closing it at once drops what is pending.
  func closeWhenWritten() {
    let channel = channel
    channel.eventLoop.execute {
      guard let context = try? channel.pipeline.syncOperations.context(handlerType: HandoverGate.self) else {
        channel.close(promise: nil)
        return
      }
      let written = channel.eventLoop.makePromise(of: Void.self)
      written.futureResult.whenComplete { _ in channel.close(promise: nil) }
      context.writeAndFlush(NIOAny(ByteBuffer()), promise: written)
    }
  }

  /// Marks the time in which the connection belongs to a stream: a server that ends does not wait for it.
  func bridging<Result>(_ body: () async throws -> Result) async rethrows -> Result {
    let isDraining = state.withLock { state in
      state.isBridged = true
      return state.isDraining
    }
    if isDraining { channel.close(promise: nil) }
    return try await body()
  }

  /// Runs work that nobody needs once the client has gone: it is cancelled then, and when the server ends.
  func followingClient(_ body: sending @escaping @isolated(any) () async throws -> Void) async throws {
    let task = Task(operation: body)
    let isOver = state.withLock { state in
      state.cancel = { task.cancel() }
      return state.isGone || state.isDraining
    }
    if isOver { task.cancel() }
    defer { state.withLock { $0.cancel = nil } }
    try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// The client has closed its side.
  func clientIsGone() {
    let cancel = state.withLock { state in
      state.isGone = true
      return state.cancel
    }
    cancel?()
  }

  /// The server ends: an idle connection and one that was handed over are closed now, a stream is
  /// cancelled, another request may finish.
  func drain() {
    let (mayClose, cancel) = state.withLock { state in
      state.isDraining = true
      return (!state.isBusy || state.isBridged, state.cancel)
    }
    if mayClose { channel.close(promise: nil) }
    cancel?()
  }
}

/// The connections of a server.
final class ConnectionRegistry: Sendable {
  private struct State {
    var connections: [ObjectIdentifier: Connection] = [:]
    var isDraining = false
  }
  private let state = Mutex(State())

  func insert(_ connection: Connection) {
    let isDraining = state.withLock { state in
      state.connections[ObjectIdentifier(connection)] = connection
      return state.isDraining
    }
    if isDraining { connection.drain() }
  }

  func remove(_ connection: Connection) {
    state.withLock { $0.connections[ObjectIdentifier(connection)] = nil }
  }

  var count: Int { state.withLock { $0.connections.count } }

  /// Lets finish what changes something, ends the rest.
  func drain() {
    let connections = state.withLock { state in
      state.isDraining = true
      return Array(state.connections.values)
    }
    for connection in connections { connection.drain() }
  }

  /// Ends everything.
  func closeAll() {
    for connection in state.withLock({ Array($0.connections.values) }) { connection.channel.close(promise: nil) }
  }
}
