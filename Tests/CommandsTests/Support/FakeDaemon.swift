import CLinux
import Glibc
import Synchronization

/// A daemon that answers as a test says: HTTP over a unix socket, one blocking thread for each connection.
final class FakeDaemon: Sendable {
  struct Request: Sendable {
    var method: String
    /// Without the version.
    var path: String
    var query: String
    var headers: String
    var body: String
    var line: String { "\(method) \(path)" }
  }

  /// Writes the answer to the connection; false closes it.
  typealias Handler = @Sendable (Request, Connection) -> Bool

  let directory: String
  var address: String { "unix://\(directory)/d.sock" }
  private let listener: CInt
  private let log = Mutex<[Request]>([])
  private let handler: Handler

  var requests: [Request] { log.withLock { $0 } }

  init(_ handler: @escaping Handler) throws {
    self.handler = handler
    var template = Array("/tmp/moonpool-test-cli-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ProgramError("mkdtemp", errno) }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array("\(directory)/d.sock".utf8)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let listener = listener
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0, listen(listener, 64) == 0 else { throw ProgramError("bind", errno) }
    Self.thread { [weak self] in
      while true {
        let descriptor = cl_accept(listener, CInt(SOCK_CLOEXEC.rawValue))
        guard descriptor >= 0, let self else { return }
        Self.thread { self.serve(Connection(descriptor)) }
      }
    }
  }

  func close() {
    shutdown(listener, CInt(SHUT_RDWR))
    Glibc.close(listener)
    unlink("\(directory)/d.sock")
    rmdir(directory)
  }

  private func serve(_ connection: Connection) {
    while let request = connection.readRequest() {
      log.withLock { $0.append(request) }
      guard handler(request, connection) else { return }
    }
  }

  final class Connection: Sendable {
    let descriptor: CInt
    private let rest = Mutex<[UInt8]>([])

    init(_ descriptor: CInt) { self.descriptor = descriptor }
    deinit { Glibc.close(descriptor) }

    func write(_ text: String) { write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) {
      var bytes = bytes[...]
      while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
      }
    }

    /// What has arrived, waiting for the first byte; empty at the end.
    func read() -> [UInt8] {
      let kept = rest.withLock { rest in
        defer { rest = [] }
        return rest
      }
      if !kept.isEmpty { return kept }
      var buffer = [UInt8](repeating: 0, count: 64 * 1024)
      let count = recv(descriptor, &buffer, buffer.count, 0)
      return Array(buffer.prefix(max(0, count)))
    }

    func json(_ body: String, status: String = "200 OK") -> Bool {
      write("HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      return true
    }

    func empty(_ status: String = "204 No Content") -> Bool {
      write("HTTP/1.1 \(status)\r\n\r\n")
      return true
    }

    func upgrade(_ type: String = "application/vnd.docker.multiplexed-stream") {
      write(
        "HTTP/1.1 101 UPGRADED\r\nContent-Type: \(type)\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n")
    }

    /// A frame of a multiplexed stream.
    func frame(_ stream: UInt8, _ text: String) {
      let length = UInt32(text.utf8.count)
      write([stream, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - $0 * 8)) } + Array(text.utf8))
    }

    func readRequest() -> Request? {
      var bytes: [UInt8] = []
      while true {
        let text = String(decoding: bytes, as: UTF8.self)
        if let end = text.unicodeScalars.firstRange(of: "\r\n\r\n".unicodeScalars) {
          let head = String(text.unicodeScalars[..<end.lowerBound])
          let headBytes = head.utf8.count + 4
          let length =
            head.split(whereSeparator: \.isNewline)
            .first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.split(separator: ":")[1].filter { $0 != " " }) } ?? 0
          while bytes.count < headBytes + length {
            let more = read()
            guard !more.isEmpty else { return nil }
            bytes += more
          }
          let after = Array(bytes[(headBytes + length)...])
          rest.withLock { $0 = after }
          return Self.request(head, String(decoding: bytes[headBytes..<(headBytes + length)], as: UTF8.self))
        }
        let more = read()
        guard !more.isEmpty else { return nil }
        bytes += more
      }
    }

    private static func request(_ head: String, _ body: String) -> Request {
      let words = head.split(whereSeparator: \.isNewline)[0].split(separator: " ").map(String.init)
      let parts = words[1].split(separator: "?", maxSplits: 1).map(String.init)
      var path = parts[0]
      if path.hasPrefix("/v1."), let slash = path.dropFirst().firstIndex(of: "/") { path = String(path[slash...]) }
      return Request(
        method: words[0], path: path, query: parts.count == 2 ? parts[1] : "", headers: head, body: body)
    }
  }

  static func thread(_ body: @escaping @Sendable () -> Void) {
    let box = ThreadBody(body)
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, Unmanaged.passRetained(box).toOpaque())
    pthread_detach(thread)
  }
}

private final class ThreadBody: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Holds threads until it is opened.
final class Gate: Sendable {
  private let ends: (read: CInt, write: CInt)
  private let isOpen = Mutex(false)

  init() {
    var ends: [CInt] = [0, 0]
    socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &ends)
    self.ends = (ends[0], ends[1])
  }

  deinit {
    close(ends.read)
    if !isOpen.withLock({ $0 }) { close(ends.write) }
  }

  func open() {
    isOpen.withLock { isOpen in
      if !isOpen { close(ends.write) }
      isOpen = true
    }
  }

  func wait() {
    var byte: UInt8 = 0
    recv(ends.read, &byte, 1, 0)
  }
}
