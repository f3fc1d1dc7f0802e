internal import CLinux
internal import LinuxSystem

/// Sends and receives `ShimMessage`s on a SOCK_SEQPACKET unix socket.
///
/// Each packet begins with one byte: 0, the message follows; 1, the message is the content of a sealed memfd, which is
/// the packet's last descriptor (for messages that do not fit a socket buffer: an exec with a large environment).
/// Nothing here keeps state or blocks unless the socket does; the owner of the socket decides when to call.
public enum ShimSocket {
  /// Messages up to this many bytes travel in the packet.
  public static let inlineLimit = 64 << 10
  /// Messages above this are refused.
  public static let messageLimit = 16 << 20
  /// Descriptors in one message, at most.
  public static let descriptorLimit = 200

  public enum Sent: Sendable {
    case sent
    /// The socket's buffer is full: try again when it is writable.
    case wouldBlock
  }

  /// Sends a message; the descriptors stay the caller's. Throws `.disconnected` when the peer has gone.
  public static func send(
    _ message: ShimMessage, descriptors: [Int32] = [], on socket: Int32
  ) throws(ShimProtocolError) -> Sent {
    try send(encoded: message.encoded(), descriptors: descriptors, on: socket)
  }

  public static func send(
    encoded message: [UInt8], descriptors: [Int32] = [], on socket: Int32
  ) throws(ShimProtocolError) -> Sent {
    guard message.count <= messageLimit else {
      throw ShimProtocolError(.invalid, "a message of \(message.count) bytes, at most \(messageLimit) can be sent")
    }
    guard descriptors.count <= descriptorLimit else {
      throw ShimProtocolError(.invalid, "\(descriptors.count) descriptors, at most \(descriptorLimit) can be sent")
    }
    guard message.count > inlineLimit else {
      return try sendPacket([0] + message, descriptors, socket)
    }
    let memory: OwnedDescriptor
    do throws(SystemError) {
      memory = try MemoryFile.sealed("moonpool-message", message)
    } catch {
      throw system("a message in memory", error.errno.rawValue)
    }
    return try sendPacket([1], descriptors + [memory.rawValue], socket)
  }

  /// Takes the next message, or nil when a non-blocking socket has none.
  ///
  /// Throws `.disconnected` at the end of the connection and `.malformed` for bytes that are no message; in the latter
  /// case the packet is consumed and the connection can go on.
  public static func receive(on socket: Int32) throws(ShimProtocolError) -> ReceivedMessage? {
    var descriptors = [Int32](repeating: -1, count: descriptorLimit + 1)
    var count = 0
    var result = 0
    var packet = [UInt8](unsafeUninitializedCapacity: inlineLimit + 1) { buffer, initialized in
      result = cl_receive_message(
        socket, buffer.baseAddress, inlineLimit + 1, &descriptors, descriptorLimit + 1, &count, 0)
      initialized = max(0, result)
    }
    if result == -Int(Errno.wouldBlock.rawValue) { return nil }
    if result == -Int(Errno.messageTooLong.rawValue) {
      throw ShimProtocolError(.malformed, "a packet of more than \(inlineLimit + 1) bytes or too many descriptors")
    }
    guard result > 0 else { throw disconnected(result) }
    let received = ReceivedDescriptors(Array(descriptors.prefix(count)))

    switch packet[0] {
    case 0:
      packet.removeFirst()
    case 1:
      guard let memory = received.takeLastRaw() else {
        throw ShimProtocolError(.malformed, "a message in memory without its descriptor")
      }
      defer { _ = cl_close(memory) }
      packet = try readAll(memory)
    default:
      throw ShimProtocolError(.malformed, "a packet of unknown form \(packet[0])")
    }
    return ReceivedMessage(message: try ShimMessage(decoding: packet), descriptors: received)
  }

  private static func sendPacket(
    _ packet: [UInt8], _ descriptors: [Int32], _ socket: Int32
  ) throws(ShimProtocolError) -> Sent {
    let sent = cl_send_message(socket, packet, packet.count, descriptors, descriptors.count, 0)
    if sent == packet.count { return .sent }
    if sent == -Int(Errno.wouldBlock.rawValue) { return .wouldBlock }
    throw disconnected(sent)
  }

  private static func disconnected(_ result: Int) -> ShimProtocolError {
    let number = Errno(Int32(-result))
    let gone = result == 0 || number == .brokenPipe || number == .connectionReset || number == Errno(107)
    return gone
      ? ShimProtocolError(.disconnected, "the other side of the shim's socket has closed it")
      : system("the shim's socket", number.rawValue)
  }

  private static func system(_ what: String, _ number: Int32) -> ShimProtocolError {
    ShimProtocolError(.system, "\(what): \(Errno(number))", errno: number)
  }

  private static func readAll(_ descriptor: Int32) throws(ShimProtocolError) -> [UInt8] {
    var status = cl_stat()
    guard cl_fstatat(descriptor, "", emptyPath, &status) == 0, status.mode & 0o170000 == 0o100000 else {
      throw ShimProtocolError(.malformed, "a message in memory whose descriptor is no memory")
    }
    guard status.size <= messageLimit else {
      throw ShimProtocolError(.malformed, "a message of \(status.size) bytes, at most \(messageLimit) can be read")
    }
    // The sender's offset stands at the end: opened anew, it starts at 0.
    do throws(SystemError) {
      return try File.read("/proc/self/fd/\(descriptor)", limit: messageLimit)
    } catch {
      throw ShimProtocolError(.malformed, "a message in memory that cannot be read: \(error)")
    }
  }

  /// AT_EMPTY_PATH.
  private static let emptyPath: Int32 = 0x1000
}

/// A message and the descriptors that came with it.
public struct ReceivedMessage: Sendable {
  public var message: ShimMessage
  public var descriptors: ReceivedDescriptors
}
