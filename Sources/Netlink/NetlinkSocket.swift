import CLinux
public import LinuxSystem
import Synchronization

/// A netlink socket and one exchange at a time on it.
///
/// The socket belongs to the network namespace in which it was *opened*: one that was opened in a container and lent to
/// the daemon works there, whoever holds it. The kernel answers within the call, so exchanges are plain synchronous
/// calls of some ten microseconds; what takes long (removing an interface: an RCU grace period) says so where it
/// is declared. Sendable: exchanges of several threads follow one another.
public final class NetlinkSocket: Sendable {
  public enum Family: Int32, Sendable, Hashable {
    case route = 0
    case netfilter = 12
  }

  /// The socket's number, for lending it away; owned by this object.
  public var descriptor: Int32 { socket.rawValue }

  private let socket: OwnedDescriptor
  private let sequence = Mutex<UInt32>(1)

  /// Opens a socket in the network namespace of the calling thread.
  public init(_ kind: Family = .route) throws(SystemError) {
    socket = OwnedDescriptor(owning: try check(cl_netlink_socket(kind.rawValue, 0), "open netlink socket"))
    try check(cl_netlink_options(socket.rawValue), "set up netlink socket")
  }

  /// Takes over a socket that was opened elsewhere.
  public init(adopting socket: consuming OwnedDescriptor) throws(SystemError) {
    self.socket = socket
    try check(cl_netlink_options(self.socket.rawValue), "set up netlink socket")
  }

  /// Opens a socket inside another network namespace and comes back.
  ///
  /// The calling thread is moved there and back, so call it only where no `await` lies between: it does not suspend.
  public convenience init(_ kind: Family = .route, inNamespace namespace: Int32) throws(SystemError) {
    let home = try OwnedDescriptor.open("/proc/thread-self/ns/net")
    try Namespace.enter(raw: namespace, .network)
    let opened = cl_netlink_socket(kind.rawValue, 0)
    // A thread that cannot return is in the wrong namespace for good; going on would be worse than ending.
    do { try Namespace.enter(home, .network) } catch { fatalError("cannot return from a network namespace: \(error)") }
    try self.init(adopting: OwnedDescriptor(owning: try check(opened, "open netlink socket")))
  }

  /// Sends the messages in one call and awaits the answer to each; the replies are in the order of the messages.
  ///
  /// The kernel goes on after a message that failed; the first failure is thrown. (A batch of nfnetlink is one
  /// transaction: there nothing has happened then.)
  @discardableResult
  public func exchange(
    _ messages: [NetlinkMessage], _ operation: @autoclosure () -> String
  ) throws(NetlinkError) -> [[NetlinkReply]] {
    try sequence.withLock { (next) throws(NetlinkError) in
      let first = next
      var bytes: [UInt8] = []
      for (offset, message) in messages.enumerated() {
        var message = message
        message.seal(sequence: first &+ UInt32(offset))
        bytes += message.bytes
      }
      next = first &+ UInt32(messages.count)
      if next > 0x7FFF_0000 { next = 1 }
      do throws(SystemError) {
        try DescriptorPassing.send(bytes, overRaw: socket.rawValue)
      } catch {
        throw NetlinkError(operation: operation(), errno: error.errno)
      }
      return try receive(messages, first, operation)
    }
  }

  private func receive(
    _ messages: [NetlinkMessage], _ first: UInt32, _ operation: () -> String
  ) throws(NetlinkError) -> [[NetlinkReply]] {
    var replies = [[NetlinkReply]](repeating: [], count: messages.count)
    var pending = messages.count { $0.wantsAck }
    var failure: NetlinkError?
    while pending > 0 {
      let buffer: [UInt8]
      do throws(SystemError) {
        buffer = try DescriptorPassing.receive(limit: 64 << 10, fromRaw: socket.rawValue).bytes
      } catch {
        throw NetlinkError(operation: operation(), errno: error.errno, reason: "no answer from the kernel")
      }
      var rest = buffer[...]
      while let length = rest.native(UInt32.self, at: 0), let type = rest.native(UInt16.self, at: 4),
        let flags = rest.native(UInt16.self, at: 6), let sequence = rest.native(UInt32.self, at: 8),
        length >= 16, Int(length) <= rest.count
      {
        let payload = Array(rest[(rest.startIndex + 16)..<(rest.startIndex + Int(length))])
        rest = rest.dropFirst((Int(length) + 3) & ~3)
        let offset = Int(sequence &- first)
        // An answer to an exchange that had failed half-way, or a notification.
        guard sequence >= first, offset < messages.count else { continue }
        switch type {
        case NL.done, NL.error:
          let number = payload.native(Int32.self, at: 0) ?? 0
          if number != 0 {
            let error = NetlinkError(
              operation: operation(), errno: Errno(-number), reason: Self.reason(payload, flags, type))
            failure = failure ?? error
            // The start of a batch was refused: no other message of it will be answered.
            if !messages[offset].wantsAck { throw error }
          }
          if messages[offset].wantsAck { pending -= 1 }
        default:
          if flags & NL.dumpInterrupted != 0 {
            failure = failure ?? NetlinkError(operation: operation(), errno: .interrupted, reason: "list changed")
          }
          replies[offset].append(NetlinkReply(type: type, flags: flags, payload: payload))
        }
      }
    }
    if let failure { throw failure }
    return replies
  }

  /// The text of an extended acknowledgement.
  private static func reason(_ payload: [UInt8], _ flags: UInt16, _ type: UInt16) -> String? {
    guard flags & NL.ackAttributes != 0 else { return nil }
    // error number, then the request's header; its payload too unless capped.
    var skip = type == NL.done ? 4 : 20
    if type == NL.error, flags & NL.capped == 0, let length = payload.native(UInt32.self, at: 4) {
      skip = 4 + Int((length + 3) & ~3)
    }
    guard skip < payload.count else { return nil }
    return Attributes(payload.dropFirst(skip))[NL.ackMessage].map(\.text)
  }

  /// One message, its replies. The socket lists once more when the list changed meanwhile.
  @discardableResult
  public func exchange(
    _ message: NetlinkMessage, _ operation: @autoclosure () -> String
  ) throws(NetlinkError) -> [NetlinkReply] {
    for _ in 0..<5 {
      do throws(NetlinkError) {
        return try exchange([message], operation()).first ?? []
      } catch {
        guard error.errno == .interrupted, error.reason == "list changed" else { throw error }
      }
    }
    return try exchange([message], operation()).first ?? []
  }
}
