import Engine
import Glibc
import NIOCore
import NIOSSL

/// Finds out who is at the other end of a connection.
enum Peer {
  /// `struct ucred` of unix(7).
  private struct Credentials {
    var pid: Int32 = 0
    var uid: UInt32 = 0
    var gid: UInt32 = 0
  }

  /// The credentials that the kernel noted when the peer connected (SO_PEERCRED), with the names of user and group,
  /// and from /proc its groups and the uid of its login, which stays through sudo. A peer that has ended since has
  /// only the kernel's note.
  static func unix(_ channel: any Channel) async -> Caller {
    guard let credentials = await credentials(channel) else { return Caller() }
    var caller = Caller(uid: credentials.uid, gid: credentials.gid, pid: credentials.pid)
    if credentials.pid > 0 {
      let status = contents("/proc/\(credentials.pid)/status")
      for line in status.split(separator: "\n") where line.hasPrefix("Groups:") {
        caller.groups = line.dropFirst(7).split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
      }
      let login = contents("/proc/\(credentials.pid)/loginuid").filter { $0.isNumber }
      caller.loginuid = UInt32(login).flatMap { $0 == .max ? nil : $0 }
    }
    caller.user = name(of: credentials.uid, in: "/etc/passwd")
    caller.group = name(of: credentials.gid, in: "/etc/group")
    return caller
  }

  /// The common name of the client's certificate; nobody where there is none.
  static func tls(_ channel: any Channel) async -> Caller {
    let certificate = try? await channel.nioSSL_peerCertificate().get()
    guard let certificate, let bytes = try? certificate.toDERBytes() else { return Caller() }
    return Caller(tls: CertificateSubject.commonName(der: bytes) ?? "unnamed certificate")
  }

  private static func credentials(_ channel: any Channel) async -> Credentials? {
    guard let provider = channel as? any SocketOptionProvider else { return nil }
    let option = NIOBSDSocket.Option(rawValue: SO_PEERCRED)
    let value: EventLoopFuture<Credentials> = provider.unsafeGetSocketOption(level: .socket, name: option)
    return try? await value.get()
  }

  /// The name of an id in a file of passwd(5)'s form. The files alone: what a directory service would add is not worth
  /// a request's wait on the network.
  private static func name(of id: UInt32, in path: String) -> String? {
    for line in contents(path).split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      if fields.count > 2, UInt32(fields[2]) == id { return String(fields[0]) }
    }
    return nil
  }

  private static func contents(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    let size = 64 << 10
    while bytes.count < 1 << 20 {
      let chunk = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = max(0, read(descriptor, buffer.baseAddress, size))
      }
      guard !chunk.isEmpty else { break }
      bytes += chunk
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
