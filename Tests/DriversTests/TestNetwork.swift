import CLinux
import Drivers
import Glibc
import JSON
import LinuxSystem
import Netlink
import Plans

/// A network namespace of the test's own; gone with the last descriptor.
final class TestNamespace: Sendable {
  let descriptor: OwnedDescriptor

  init(loopback: Bool = true) throws {
    let home = try OwnedDescriptor.open("/proc/thread-self/ns/net")
    try Namespace.unshare(.network)
    let made = Result { try OwnedDescriptor.open("/proc/thread-self/ns/net").release() }
    try Namespace.enter(home, .network)
    descriptor = OwnedDescriptor(owning: try made.get())
    guard loopback else { return }
    let socket = try NetlinkSocket(inNamespace: descriptor.rawValue)
    if let loopback = try socket.link(named: "lo") { try socket.changeLink(loopback.index, up: true) }
  }

  var lent: NetworkNamespace {
    get throws {
      NetworkNamespace(
        descriptor: try descriptor.duplicate(), socket: try NetlinkSocket(inNamespace: descriptor.rawValue))
    }
  }

  func socket() throws -> NetlinkSocket { try NetlinkSocket(inNamespace: descriptor.rawValue) }

  /// Runs a body without suspension inside the namespace.
  func inside<R>(_ body: () throws -> R) throws -> R {
    let home = try OwnedDescriptor.open("/proc/thread-self/ns/net")
    try Namespace.enter(descriptor, .network)
    let result = Result { try body() }
    try Namespace.enter(home, .network)
    return try result.get()
  }
}

/// What the driver `network/bridge` says, as `Golden/NAME.json` has it (the driver's own test compares).
func golden(_ name: String, file: String = #filePath) throws -> Plan {
  let directory = file.split(separator: "/").dropLast().joined(separator: "/")
  return try Plan(parsing: try File.readText("/\(directory)/Golden/\(name).json"))
}

/// A socket of a namespace for test traffic, with a second and a half of patience.
struct TestSocket: ~Copyable {
  let descriptor: OwnedDescriptor

  init(_ type: Int, in namespace: TestNamespace) throws {
    descriptor = OwnedDescriptor(owning: try namespace.inside { try check(cl_inet_socket(Int32(type)), "socket") })
    var patience = timeval(tv_sec: 1, tv_usec: 500_000)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor.rawValue, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  static func address(_ text: String, _ port: Int) -> sockaddr_in {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = UInt16(port).bigEndian
    inet_pton(AF_INET, text, &name.sin_addr)
    return name
  }

  borrowing func bind(_ text: String = "0.0.0.0", _ port: Int) throws {
    var name = Self.address(text, port)
    let result = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor.rawValue, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try check(result == 0 ? 0 : -errno, "bind")
  }

  borrowing func listen(_ port: Int) throws {
    try bind("0.0.0.0", port)
    try check(cl_listen(descriptor.rawValue, 8), "listen")
  }

  borrowing func connect(_ text: String, _ port: Int) throws {
    var name = Self.address(text, port)
    let result = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor.rawValue, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try check(result == 0 ? 0 : -errno, "connect")
  }

  borrowing func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    try check(Glibc.send(descriptor.rawValue, bytes, bytes.count, 0) < 0 ? -Int(errno) : 0, "send")
  }

  /// Receives a datagram and answers it; the sender's address.
  borrowing func echo() throws -> String {
    var name = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        recvfrom(descriptor.rawValue, &bytes, 64, 0, $0, &length)
      }
    }
    try check(count < 0 ? -Int(errno) : 0, "receive")
    let sent = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor.rawValue, bytes, count, 0, $0, length)
      }
    }
    try check(sent < 0 ? -Int(errno) : 0, "answer")
    return Self.text(name)
  }

  borrowing func receive() throws -> String {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = recv(descriptor.rawValue, &bytes, 64, 0)
    try check(count < 0 ? -Int(errno) : 0, "receive")
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  /// The address of the peer of a connection that waits to be accepted.
  borrowing func accept() throws -> String {
    var name = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let accepted = withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.accept(descriptor.rawValue, $0, &length) }
    }
    try check(accepted < 0 ? -errno : 0, "accept")
    close(accepted)
    return Self.text(name)
  }

  private static func text(_ name: sockaddr_in) -> String {
    var name = name
    var buffer = [CChar](repeating: 0, count: 64)
    inet_ntop(AF_INET, &name.sin_addr, &buffer, 64)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// Whether a TCP connection from one namespace reaches an address.
func reaches(_ from: TestNamespace, _ address: String, _ port: Int) throws -> Bool {
  let socket = try TestSocket(CL_SOCK_STREAM, in: from)
  do {
    try socket.connect(address, port)
    return true
  } catch let error as SystemError
    where [.timedOut, .wouldBlock, .connectionRefused, .networkUnreachable, Errno(115), Errno(113)]
    .contains(error.errno)
  {
    return false
  }
}
