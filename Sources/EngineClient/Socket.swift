internal import CLinux
internal import Glibc
internal import LinuxSystem

/// A connected stream, closed when the last holder lets go.
final class Socket {
  let descriptor: CInt

  init(_ descriptor: CInt) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  static func connect(to address: DaemonAddress) throws(ClientError) -> Socket {
    switch address {
    case .unix(let path): return try unix(path, address)
    case .tcp(let host, let port): return try tcp(host, port, address)
    }
  }

  private static func unix(_ path: String, _ address: DaemonAddress) throws(ClientError) -> Socket {
    let descriptor = cl_unix_socket(CInt(SOCK_STREAM.rawValue))
    guard descriptor >= 0 else { throw failure(-descriptor, address) }
    let socket = Socket(descriptor)
    let status = cl_unix_connect(descriptor, path)
    guard status >= 0 else { throw failure(-status, address) }
    return socket
  }

  private static func tcp(_ host: String, _ port: UInt16, _ address: DaemonAddress) throws(ClientError) -> Socket {
    guard let numeric = HostsFile.address(of: host) else {
      throw ClientError(
        .unreachable,
        "cannot look up \(host): give an address, or a name from /etc/hosts (this client asks no name server)")
    }
    var status: CInt = EADDRNOTAVAIL
    if var target = ipv4(numeric, port) {
      let socket = Socket(Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0))
      status = withUnsafePointer(to: &target) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 ? 0 : errno
        }
      }
      if status == 0 { return socket.withoutDelay() }
    } else if var target = ipv6(numeric, port) {
      let socket = Socket(Glibc.socket(AF_INET6, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0))
      status = withUnsafePointer(to: &target) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0 ? 0 : errno
        }
      }
      if status == 0 { return socket.withoutDelay() }
    }
    throw failure(status, address)
  }

  private func withoutDelay() -> Socket {
    var on: CInt = 1
    setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    return self
  }

  private static func ipv4(_ text: String, _ port: UInt16) -> sockaddr_in? {
    var result = sockaddr_in()
    result.sin_family = sa_family_t(AF_INET)
    result.sin_port = port.bigEndian
    return inet_pton(AF_INET, text, &result.sin_addr) == 1 ? result : nil
  }

  private static func ipv6(_ text: String, _ port: UInt16) -> sockaddr_in6? {
    var result = sockaddr_in6()
    result.sin6_family = sa_family_t(AF_INET6)
    result.sin6_port = port.bigEndian
    return inet_pton(AF_INET6, text, &result.sin6_addr) == 1 ? result : nil
  }

  private static func failure(_ number: CInt, _ address: DaemonAddress) -> ClientError {
    if number == EACCES || number == EPERM {
      return ClientError(
        .unreachable,
        "permission denied while trying to connect to the moonpool daemon at \(address): \(Errno(number)). "
          + "Run this as root, or as a member of the group that owns the socket.")
    }
    return ClientError(
      .unreachable,
      "Cannot connect to the moonpool daemon at \(address). Is moonpoold running? (\(Errno(number)))")
  }

  func write(_ bytes: [UInt8]) throws(ClientError) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        send(descriptor, buffer.baseAddress?.advanced(by: offset), bytes.count - offset, CInt(MSG_NOSIGNAL))
      }
      if count > 0 {
        offset += count
      } else if errno != EINTR {
        throw ClientError(.broken, "cannot write to the daemon: \(Errno(errno))")
      }
    }
  }

  /// Appends what has arrived, waiting for the first byte; false at the end of the stream.
  func read(into buffer: inout [UInt8], atMost limit: Int = 64 * 1024) throws(ClientError) -> Bool {
    while true {
      let start = buffer.count
      var count = 0
      buffer.append(contentsOf: repeatElement(0, count: limit))
      buffer.withUnsafeMutableBytes { bytes in
        count = recv(descriptor, bytes.baseAddress?.advanced(by: start), limit, 0)
      }
      let failure = errno
      buffer.removeLast(limit - max(count, 0))
      if count > 0 { return true }
      if count == 0 { return false }
      guard failure == EINTR else { throw ClientError(.broken, "cannot read from the daemon: \(Errno(failure))") }
    }
  }

  func endWriting() { shutdown(descriptor, CInt(SHUT_WR)) }
}

/// Names without a resolver: glibc's would load libraries into a static program.
enum HostsFile {
  static func address(of host: String) -> String? {
    var v4 = in_addr()
    var v6 = in6_addr()
    if inet_pton(AF_INET, host, &v4) == 1 || inet_pton(AF_INET6, host, &v6) == 1 { return host }
    let text = (try? File.readText("/etc/hosts")) ?? ""
    for line in text.split(separator: "\n") {
      let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
      if words.dropFirst().contains(where: { $0 == host }), let first = words.first { return String(first) }
    }
    return host == "localhost" ? "127.0.0.1" : nil
  }
}

extension Socket {
  /// Writes as much as fits at once; nil when the other side reads no more.
  func writeWithoutWaiting(_ bytes: [UInt8]) -> Int? {
    while true {
      let count = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
      }
      if count >= 0 { return count }
      if errno == EAGAIN { return 0 }
      if errno != EINTR { return nil }
    }
  }
}
