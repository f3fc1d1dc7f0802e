import CLinux
import Glibc
import ShimProtocol
import Synchronization

/// One connection to a shim: requests with their answers, and the shim's events in order.
final class ShimConnection: Sendable {
  struct Incoming: Sendable {
    var event: ShimEvent
    var descriptors: ReceivedDescriptors
  }
  struct Answer: Sendable {
    var response: ShimResponse
    var descriptors: ReceivedDescriptors
  }
  private typealias Waiter = CheckedContinuation<Answer, any Error>

  private struct State {
    var nextID: UInt64 = 1
    var waiting: [UInt64: Waiter] = [:]
    /// Encoded messages that did not fit the socket's buffer, with duplicates of their descriptors.
    var queued: [(message: [UInt8], descriptors: [Int32])] = []
    var closed = false
  }

  /// Ends when the shim has gone or `close` was called.
  let events: AsyncStream<Incoming>
  private let feed: AsyncStream<Incoming>.Continuation
  private let socket: Int32
  private let reactor: Reactor
  private let state = Mutex(State())
  private let token: UInt64

  /// Takes over a connected, non-blocking SOCK_SEQPACKET socket.
  init(socket: Int32, reactor: Reactor) {
    self.socket = socket
    self.reactor = reactor
    token = reactor.reserveToken()
    (events, feed) = AsyncStream.makeStream()
    reactor.watch(socket, token: token) { [weak self] _ in self?.ready() }
  }

  deinit { close() }

  /// Sends a request and waits for its answer; a `.failed` answer is thrown.
  func request(_ request: ShimRequest, descriptors: [Int32] = []) async throws -> Answer {
    let answer = try await withCheckedThrowingContinuation { (continuation: Waiter) in
      let failure = state.withLock { state -> ShimProtocolError? in
        guard !state.closed else { return ShimProtocolError(.disconnected, "the shim has gone") }
        let id = state.nextID
        state.nextID += 1
        do throws(ShimProtocolError) {
          let message = try ShimMessage.request(id: id, request).encoded()
          try send(message, descriptors, &state)
          state.waiting[id] = continuation
          return nil
        } catch {
          return error
        }
      }
      if let failure { continuation.resume(throwing: failure) }
    }
    if case .failed(let error) = answer.response { throw error }
    return answer
  }

  private func send(_ message: [UInt8], _ descriptors: [Int32], _ state: inout State) throws(ShimProtocolError) {
    if state.queued.isEmpty, try ShimSocket.send(encoded: message, descriptors: descriptors, on: socket) == .sent {
      return
    }
    state.queued.append((message, descriptors.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }))
    reactor.change(socket, token: token, events: UInt32(CL_EPOLLIN) | UInt32(CL_EPOLLOUT))
  }

  private func ready() {
    flush()
    do throws(ShimProtocolError) {
      while let received = try ShimSocket.receive(on: socket) { deliver(received) }
    } catch {
      // A packet that is no message was consumed; what was asked stays open until the connection ends.
      if error.code != .malformed { close() }
    }
  }

  private func deliver(_ received: ReceivedMessage) {
    switch received.message {
    case .response(let id, let response):
      let waiter = state.withLock { $0.waiting.removeValue(forKey: id) }
      waiter?.resume(returning: Answer(response: response, descriptors: received.descriptors))
    case .event(let event):
      feed.yield(Incoming(event: event, descriptors: received.descriptors))
    case .request, .unsupported:
      break
    }
  }

  private func flush() {
    state.withLock { state in
      guard !state.queued.isEmpty else { return }
      while let (message, descriptors) = state.queued.first {
        let sent = try? ShimSocket.send(encoded: message, descriptors: descriptors, on: socket)
        if sent == .wouldBlock { return }
        for descriptor in descriptors { Glibc.close(descriptor) }
        state.queued.removeFirst()
      }
      guard !state.closed else { return }
      reactor.change(socket, token: token, events: UInt32(CL_EPOLLIN))
    }
  }

  func close() {
    let (waiting, queued) = state.withLock { state -> ([Waiter], [Int32]) in
      guard !state.closed else { return ([], []) }
      state.closed = true
      reactor.remove(socket, token: token)
      Glibc.close(socket)
      defer {
        state.waiting = [:]
        state.queued = []
      }
      return (Array(state.waiting.values), state.queued.flatMap(\.descriptors))
    }
    for descriptor in queued { Glibc.close(descriptor) }
    for waiter in waiting { waiter.resume(throwing: ShimProtocolError(.disconnected, "the shim has gone")) }
    feed.finish()
  }
}
