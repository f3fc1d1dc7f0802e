internal import LinuxSystem
internal import ShimProtocol

/// A daemon's control connection. Several may exist: an old daemon's that is being replaced, a tool's.
final class Connection {
  /// Messages that may wait for a daemon that does not read before it is given up.
  private static let patience = 4096

  private struct Outgoing {
    var bytes: [UInt8]
    var descriptors: SharedDescriptors
  }

  let socket: OwnedDescriptor
  private let loop: EventLoop
  private var watch: EventLoop.Watch?
  private var queue: [Outgoing] = []
  private(set) var isClosed = false
  /// Whether events are sent here.
  var isSubscribed: Bool
  var onRequest: (Connection, UInt64, ShimRequest, ReceivedDescriptors) -> Void = { _, _, _, _ in }
  var onClose: (Connection) -> Void = { _ in }

  init(_ socket: consuming OwnedDescriptor, loop: EventLoop, isSubscribed: Bool) throws(SystemError) {
    self.socket = socket
    self.loop = loop
    self.isSubscribed = isSubscribed
    try setNonBlocking(self.socket.rawValue)
    watch = try loop.add(self.socket.rawValue, .readable) { [weak self] events in self?.handle(events) }
  }

  func respond(_ id: UInt64, _ response: ShimResponse, _ descriptors: SharedDescriptors = .none) {
    send(.response(id: id, response), descriptors)
  }

  func send(_ message: ShimMessage, _ descriptors: SharedDescriptors = .none) {
    guard !isClosed, let bytes = try? message.encoded() else { return }
    queue.append(Outgoing(bytes: bytes, descriptors: descriptors))
    if queue.count == 1 { flush() } else if queue.count > Self.patience { close() }
  }

  /// Whether everything was taken by the socket.
  var isFlushed: Bool { queue.isEmpty }

  private func flush() {
    while let first = queue.first {
      do throws(ShimProtocolError) {
        let sent = try ShimSocket.send(
          encoded: first.bytes, descriptors: first.descriptors.numbers, on: socket.rawValue)
        if sent == .wouldBlock {
          if let watch { loop.modify(watch, [.readable, .writable]) }
          return
        }
      } catch {
        return close()
      }
      queue.removeFirst()
    }
    if let watch { loop.modify(watch, .readable) }
  }

  private func handle(_ events: EventLoop.Events) {
    if events.contains(.writable) { flush() }
    // One message for each readiness: fair to streams and to other connections.
    guard !isClosed, !events.isDisjoint(with: [.readable, .hangUp, .error]) else { return }
    do throws(ShimProtocolError) {
      guard let received = try ShimSocket.receive(on: socket.rawValue) else { return }
      switch received.message {
      case .request(let id, let request): onRequest(self, id, request, received.descriptors)
      case .unsupported(let id, let error): respond(id, .failed(error))
      // A daemon sends nothing else; from a newer one it means nothing here.
      case .response, .event: break
      }
    } catch {
      // Bytes that are no message were consumed; the next packet is a new beginning.
      if error.code != .malformed { close() }
    }
  }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    queue = []
    if let watch { loop.remove(watch) }
    watch = nil
    onClose(self)
  }
}

/// Descriptors on their way out, kept open until they are sent.
final class SharedDescriptors: Sendable {
  static let none = SharedDescriptors()

  let list: [Shared]
  var numbers: [Int32] { list.map { $0.descriptor.rawValue } }

  init(_ list: [Shared] = []) { self.list = list }

  /// An owned descriptor with several holders.
  final class Shared: Sendable {
    let descriptor: OwnedDescriptor
    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
  }
}
