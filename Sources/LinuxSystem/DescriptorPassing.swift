import CLinux

/// Messages with descriptors over a unix socket (SCM_RIGHTS, unix(7)); meant for `SOCK_SEQPACKET`, which keeps
/// a message and its descriptors together.
public enum DescriptorPassing {
  /// Most descriptors of one message (the kernel's `SCM_MAX_FD`).
  public static let maximumDescriptors = 253

  /// Sends one message. The descriptors stay the caller's. `EAGAIN` on a full non-blocking socket, `EPIPE` without a
  /// peer (never a signal).
  public static func send(
    _ bytes: [UInt8], descriptors: [Int32] = [], over socket: borrowing OwnedDescriptor
  ) throws(SystemError) {
    try send(bytes, descriptors: descriptors, overRaw: socket.rawValue)
  }

  /// As `send(_:descriptors:over:)` for a socket that someone else owns.
  public static func send(
    _ bytes: [UInt8], descriptors: [Int32] = [], overRaw socket: Int32
  ) throws(SystemError) {
    let result = bytes.withUnsafeBytes { bytes in
      descriptors.withUnsafeBufferPointer { descriptors in
        cl_send_message(socket, bytes.baseAddress, bytes.count, descriptors.baseAddress, descriptors.count, 0)
      }
    }
    try check(result, "send message")
  }

  /// A received message; nil bytes never occur: an ended peer is an empty message without descriptors.
  public struct Message: ~Copyable, Sendable {
    public var bytes: [UInt8]
    public var descriptors: DescriptorList

    /// The peer has closed its end.
    public var isEnd: Bool { bytes.isEmpty && descriptors.isEmpty }

    /// Takes the first descriptor out of the message.
    public mutating func popFirstDescriptor() -> OwnedDescriptor? { descriptors.popFirst() }
  }

  /// Receives one message of at most `limit` bytes; a longer one is `EMSGSIZE` (with its descriptors closed).
  public static func receive(
    limit: Int = 64 << 10, from socket: borrowing OwnedDescriptor, wait: Bool = true
  ) throws(SystemError) -> Message {
    try receive(limit: limit, fromRaw: socket.rawValue, wait: wait)
  }

  /// As `receive(limit:from:wait:)` for a socket that someone else owns. Without `wait`, `EAGAIN` when nothing is there.
  public static func receive(
    limit: Int = 64 << 10, fromRaw socket: Int32, wait: Bool = true
  ) throws(SystemError) -> Message {
    var descriptors = [Int32](repeating: -1, count: maximumDescriptors)
    var count = 0
    var failure = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, length in
      let result = cl_receive_message(
        socket, buffer.baseAddress, limit, &descriptors, maximumDescriptors, &count,
        wait ? 0 : Int32(CL_MSG_DONTWAIT))
      if result < 0 { failure = result } else { length = result }
    }
    try check(failure, "receive message")
    return Message(bytes: bytes, descriptors: DescriptorList(owning: Array(descriptors[..<count])))
  }

  /// Both ends of a connected pair, close-on-exec.
  public struct Pair: ~Copyable, Sendable {
    public var first: OwnedDescriptor
    public var second: OwnedDescriptor
    /// Both, for a caller that wants to own them apart.
    public consuming func take(
      _ body: (consuming OwnedDescriptor, consuming OwnedDescriptor) -> Void
    ) { body(first, second) }
  }

  /// A connected pair of `SOCK_SEQPACKET` sockets.
  public static func pair() throws(SystemError) -> Pair {
    var ends: [Int32] = [-1, -1]
    try check(cl_socketpair(Int32(CL_SOCK_SEQPACKET), &ends), "socketpair")
    return Pair(first: OwnedDescriptor(owning: ends[0]), second: OwnedDescriptor(owning: ends[1]))
  }
}
