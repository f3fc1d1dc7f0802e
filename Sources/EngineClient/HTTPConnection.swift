/// One HTTP/1.1 connection, used for one request after another; blocking.
public final class HTTPConnection {
  let socket: Socket
  /// Bytes read and not yet taken, from `position` on.
  private var buffer: [UInt8] = []
  private var position = 0
  private var framing = Framing.none
  private(set) var isReusable = true
  /// Nothing of an answer has arrived since the last one ended.
  private(set) var isUntouched = true

  private enum Framing {
    case none
    case length(Int)
    case chunked(left: Int)
    case untilEnd
    /// 101, or Docker's older unframed 200: the rest is the stream.
    case raw
  }

  /// The first lines of an answer (RFC 9112 §4).
  public struct Head: Sendable {
    public var status: Int
    /// Names in lower case.
    public var headers: [(name: String, value: String)]

    public subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
  }

  /// More header bytes than this are no answer of a daemon.
  static let mostHeaderBytes = 256 * 1024

  init(to address: DaemonAddress) throws(ClientError) {
    socket = try Socket.connect(to: address)
  }

  /// The descriptor to poll on, once the connection is a raw stream.
  public var descriptor: CInt { socket.descriptor }

  func send(_ bytes: [UInt8]) throws(ClientError) { try socket.write(bytes) }

  func readHead(hijack: Bool, method: Request.Method) throws(ClientError) -> Head {
    var searched = position
    var end: Int?
    while end == nil {
      end = endOfHead(from: searched)
      guard end == nil else { break }
      guard buffer.count - position < Self.mostHeaderBytes else {
        throw ClientError(.broken, "the daemon's answer has no end of headers")
      }
      searched = max(position, buffer.count - 3)
      guard try socket.read(into: &buffer) else {
        throw ClientError(.broken, "the daemon closed the connection without an answer")
      }
      isUntouched = false
    }
    guard let end else { throw ClientError(.broken, "no answer") }
    let text = String(decoding: buffer[position..<end], as: UTF8.self)
    position = end + 4
    compact()
    // "\r\n" is one Character: split by its scalars.
    let lines = text.unicodeScalars.split(separator: "\n").map { line in
      String(String.UnicodeScalarView(line)).trimmingSuffix("\r")
    }
    let first = lines.first?.split(separator: " ", maxSplits: 2) ?? []
    guard first.count >= 2, first[0].hasPrefix("HTTP/1."), let status = Int(first[1]) else {
      throw ClientError(.broken, "the answer is no HTTP: is that a container engine?")
    }
    var head = Head(status: status, headers: [])
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      head.headers.append((line[..<colon].lowercased(), String(value)))
    }
    if (100..<200).contains(status), status != 101 { return try readHead(hijack: hijack, method: method) }
    frame(head, hijack: hijack, method: method)
    return head
  }

  private func frame(_ head: Head, hijack: Bool, method: Request.Method) {
    let length = head["content-length"].flatMap(Int.init)
    isUntouched = true
    isReusable = head["connection"]?.lowercased() != "close"
    if hijack, head.status == 101 || (head.status == 200 && length == nil && head["transfer-encoding"] == nil) {
      (framing, isReusable) = (.raw, false)
    } else if method == .head || head.status == 204 || head.status == 304 {
      framing = .none
    } else if head["transfer-encoding"]?.lowercased().hasSuffix("chunked") ?? false {
      framing = .chunked(left: 0)
    } else if let length {
      framing = length == 0 ? .none : .length(length)
    } else {
      (framing, isReusable) = (.untilEnd, false)
    }
  }

  private func endOfHead(from start: Int) -> Int? {
    guard buffer.count - start >= 4 else { return nil }
    return buffer.withUnsafeBufferPointer { bytes in
      var index = start
      while index + 3 < bytes.count {
        if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 { return index }
        index += 1
      }
      return nil
    }
  }

  /// The next bytes of the body, as many as have arrived; nil at its end.
  public func readBody() throws(ClientError) -> [UInt8]? {
    switch framing {
    case .none: return nil
    case .length(let left):
      let bytes = try take(atMost: left)
      guard !bytes.isEmpty else { throw ClientError(.broken, "the daemon's answer was cut off") }
      framing = left == bytes.count ? .none : .length(left - bytes.count)
      return bytes
    case .chunked(var left):
      if left == 0 {
        left = try readChunkSize()
        if left == 0 {
          while try !readLine().isEmpty {}
          framing = .none
          return nil
        }
      }
      let bytes = try take(atMost: left)
      guard !bytes.isEmpty else { throw ClientError(.broken, "the daemon's answer was cut off") }
      left -= bytes.count
      if left == 0 { _ = try readLine() }
      framing = .chunked(left: left)
      return bytes
    case .untilEnd, .raw:
      let bytes = try take(atMost: .max)
      guard !bytes.isEmpty else {
        framing = .none
        return nil
      }
      return bytes
    }
  }

  /// Whether a body's bytes can be had without waiting for the socket.
  public var hasBufferedBytes: Bool { position < buffer.count }

  /// Reads the rest of the body, so that the connection can be used again.
  func drain() throws(ClientError) {
    while try readBody() != nil {}
  }

  private func readChunkSize() throws(ClientError) -> Int {
    let line = try readLine()
    let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
    guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else {
      throw ClientError(.broken, "the daemon's answer has an invalid chunk")
    }
    return size
  }

  private func readLine() throws(ClientError) -> [UInt8] {
    while true {
      if let end = buffer[position...].firstIndex(of: 10) {
        var line = Array(buffer[position..<end])
        if line.last == 13 { line.removeLast() }
        position = end + 1
        compact()
        return line
      }
      guard buffer.count - position < Self.mostHeaderBytes, try socket.read(into: &buffer) else {
        throw ClientError(.broken, "the daemon's answer was cut off")
      }
    }
  }

  private func take(atMost limit: Int) throws(ClientError) -> [UInt8] {
    if position == buffer.count {
      buffer.removeAll(keepingCapacity: true)
      position = 0
      guard try socket.read(into: &buffer) else { return [] }
    }
    let count = min(limit, buffer.count - position)
    if position == 0, count == buffer.count {
      let all = buffer
      buffer = []
      return all
    }
    let bytes = Array(buffer[position..<(position + count)])
    position += count
    compact()
    return bytes
  }

  private func compact() {
    if position == buffer.count {
      buffer.removeAll(keepingCapacity: true)
      position = 0
    }
  }

  /// Writes to a hijacked stream.
  public func write(_ bytes: [UInt8]) throws(ClientError) { try socket.write(bytes) }

  /// Writes what fits into the socket at once; nil when the other side reads no more.
  public func sendWithoutWaiting(_ bytes: [UInt8]) -> Int? { socket.writeWithoutWaiting(bytes) }

  /// Tells the other side that nothing more will be written.
  public func endWriting() { socket.endWriting() }
}

extension String {
  fileprivate func trimmingSuffix(_ scalar: Unicode.Scalar) -> String {
    unicodeScalars.last == scalar ? String(String.UnicodeScalarView(unicodeScalars.dropLast())) : self
  }
}
