internal import CLinux
internal import Glibc

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
    let memory = clinux_message_memory("moonpool-message")
    guard memory >= 0 else { throw system("memfd_create", -memory) }
    defer { close(memory) }
    try writeAll(message, memory)
    return try sendPacket([1], descriptors + [memory], socket)
  }

  /// Takes the next message, or nil when a non-blocking socket has none.
  ///
  /// Throws `.disconnected` at the end of the connection and `.malformed` for bytes that are no message; in the latter
  /// case the packet is consumed and the connection can go on.
  public static func receive(on socket: Int32) throws(ShimProtocolError) -> ReceivedMessage? {
    let length = clinux_next_message_length(socket, 0)
    if length == -Int(EAGAIN) { return nil }
    guard length > 0 else { throw disconnected(length) }
    guard length <= inlineLimit + 1 else {
      var byte: UInt8 = 0
      var none = 0
      _ = clinux_receive_descriptors(socket, &byte, 1, nil, &none, 0)
      throw ShimProtocolError(.malformed, "a packet of \(length) bytes, at most \(inlineLimit + 1) can be read")
    }
    var descriptors = [Int32](repeating: -1, count: descriptorLimit + 1)
    var count = descriptors.count
    var result = 0
    var packet = [UInt8](unsafeUninitializedCapacity: length) { buffer, initialized in
      result = clinux_receive_descriptors(socket, buffer.baseAddress, length, &descriptors, &count, 0)
      initialized = max(0, result)
    }
    if result == -Int(EMSGSIZE) { throw ShimProtocolError(.malformed, "a packet with too many descriptors") }
    if result == -Int(EAGAIN) { return nil }
    guard result > 0 else { throw disconnected(result) }
    let received = ReceivedDescriptors(Array(descriptors.prefix(count)))

    switch packet[0] {
    case 0:
      packet.removeFirst()
    case 1:
      guard let memory = received.takeLastRaw() else {
        throw ShimProtocolError(.malformed, "a message in memory without its descriptor")
      }
      defer { close(memory) }
      packet = try readAll(memory)
    default:
      throw ShimProtocolError(.malformed, "a packet of unknown form \(packet[0])")
    }
    return ReceivedMessage(message: try ShimMessage(decoding: packet), descriptors: received)
  }

  private static func sendPacket(
    _ packet: [UInt8], _ descriptors: [Int32], _ socket: Int32
  ) throws(ShimProtocolError) -> Sent {
    let sent = clinux_send_descriptors(socket, packet, packet.count, descriptors, descriptors.count, 0)
    if sent == packet.count { return .sent }
    if sent == -Int(EAGAIN) { return .wouldBlock }
    throw disconnected(sent)
  }

  private static func disconnected(_ result: Int) -> ShimProtocolError {
    let gone = result == 0 || result == -Int(EPIPE) || result == -Int(ECONNRESET) || result == -Int(ENOTCONN)
    return gone
      ? ShimProtocolError(.disconnected, "the other side of the shim's socket has closed it")
      : system("the shim's socket", Int32(-result))
  }

  private static func system(_ what: String, _ number: Int32) -> ShimProtocolError {
    ShimProtocolError(.system, "\(what): \(String(cString: strerror(number)))", errno: number)
  }

  private static func writeAll(_ bytes: [UInt8], _ descriptor: Int32) throws(ShimProtocolError) {
    var offset = 0
    while offset < bytes.count {
      let written = bytes.withUnsafeBytes { buffer in
        pwrite(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset, Int(offset))
      }
      guard written > 0 else { throw system("writing a message", errno) }
      offset += written
    }
    _ = clinux_seal(descriptor)
  }

  private static func readAll(_ descriptor: Int32) throws(ShimProtocolError) -> [UInt8] {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ShimProtocolError(.malformed, "a message in memory whose descriptor is no memory")
    }
    let size = Int(status.st_size)
    guard size <= messageLimit else {
      throw ShimProtocolError(.malformed, "a message of \(size) bytes, at most \(messageLimit) can be read")
    }
    var filled = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      while filled < size {
        let got = pread(descriptor, buffer.baseAddress?.advanced(by: filled), size - filled, filled)
        guard got > 0 else { break }
        filled += got
      }
      initialized = filled
    }
    guard filled == size else { throw ShimProtocolError(.malformed, "a message in memory that cannot be read") }
    return bytes
  }
}

/// A message and the descriptors that came with it.
public struct ReceivedMessage: Sendable {
  public var message: ShimMessage
  public var descriptors: ReceivedDescriptors
}
