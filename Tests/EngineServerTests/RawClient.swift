import Glibc

/// A client that speaks bytes over a blocking socket, on a thread of its own: for what HTTP libraries hide.
final class RawClient: @unchecked Sendable {
  // One operation at a time, each on a pool thread that the caller waits for.
  private let descriptor: Int32
  private var received: [UInt8] = []

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  init(unix path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var timeout = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw Failure(description: "connect: errno \(errno)") }
  }

  deinit { close(descriptor) }

  private func run<Result: Sendable>(_ body: @escaping @Sendable (RawClient) throws -> Result) async throws -> Result {
    try await onThread { try body(self) }
  }

  func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) async throws {
    try await run { client in
      var sent = 0
      while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes {
          Glibc.send(client.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { throw Failure(description: "send: errno \(errno)") }
        sent += count
      }
    }
  }

  /// Closes the sending side alone: what Go calls CloseWrite.
  func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Everything up to and including the text.
  func read(until text: String) async throws -> String {
    let end = Array(text.utf8)
    return try await run { client in
      while true {
        if let range = client.received.firstRange(of: end) {
          defer { client.received.removeSubrange(..<range.upperBound) }
          return String(decoding: client.received[..<range.upperBound], as: UTF8.self)
        }
        guard try client.fill() else {
          throw Failure(
            description: "ended before \(text.debugDescription): "
              + String(decoding: client.received, as: UTF8.self).debugDescription)
        }
      }
    }
  }

  /// Exactly so many bytes.
  func read(count: Int) async throws -> [UInt8] {
    try await run { client in
      while client.received.count < count {
        guard try client.fill() else { throw Failure(description: "ended after \(client.received.count) bytes") }
      }
      defer { client.received.removeFirst(count) }
      return Array(client.received.prefix(count))
    }
  }

  /// Everything until the server ends.
  func readToEnd() async throws -> [UInt8] {
    try await run { client in
      while try client.fill() {}
      defer { client.received = [] }
      return client.received
    }
  }

  /// One response with a Content-Length.
  func response() async throws -> (head: String, body: String) {
    let head = try await read(until: "\r\n\r\n")
    var length = 0
    for line in head.lowercased().split(separator: "\r\n") where line.hasPrefix("content-length:") {
      length = Int(line.dropFirst(15).filter(\.isNumber)) ?? 0
    }
    return (head, String(decoding: try await read(count: length), as: UTF8.self))
  }

  private func fill() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count >= 0 else { throw Failure(description: "recv: errno \(errno)") }
    received += chunk.prefix(count)
    return count > 0
  }
}
