import Engine
import Glibc

/// Binds unix sockets with the permissions they are to have from their first moment.
enum UnixListener {
  /// A bound, listening, non-blocking socket at a path.
  ///
  /// The mode is set on the socket before `bind(2)`, which makes the file with it: at no moment can anybody connect who
  /// may not. A socket that nobody answers on is left over and replaced; one that answers is another daemon's.
  static func bind(path: String, group: String?) throws(EngineError) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | 0o2000000 | 0o4000, 0)
    guard descriptor >= 0 else { throw failure("socket", path) }
    var keep = false
    defer { if !keep { close(descriptor) } }
    try removeStale(path)
    guard fchmod(descriptor, 0o600) == 0 else { throw failure("fchmod", path) }
    guard withAddress(path, { Glibc.bind(descriptor, $0, $1) }) == 0 else { throw failure("bind", path) }
    if let group {
      guard let gid = groupID(group) else {
        unlink(path)
        throw EngineError(
          .invalidArgument, "no group \"\(group)\" in /etc/group for the socket \(path): create it or use --group")
      }
      guard chown(path, getuid(), gid) == 0 else { throw failure("chown", path) }
    }
    guard chmod(path, 0o660) == 0 else { throw failure("chmod", path) }
    guard listen(descriptor, 4096) == 0 else { throw failure("listen", path) }
    keep = true
    return descriptor
  }

  /// Removes the socket where it is still the one that was bound.
  static func remove(path: String, identity: FileIdentity?) {
    if let identity, FileIdentity(path) == identity { unlink(path) }
  }

  struct FileIdentity: Equatable {
    var device: UInt
    var inode: UInt

    init?(_ path: String) {
      var status = stat()
      guard lstat(path, &status) == 0 else { return nil }
      device = status.st_dev
      inode = UInt(status.st_ino)
    }
  }

  private static func removeStale(_ path: String) throws(EngineError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw EngineError(.invalidArgument, "\(path) exists and is no socket: move it away or choose another --host")
    }
    let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | 0o2000000, 0)
    guard probe >= 0 else { throw failure("socket", path) }
    defer { close(probe) }
    if withAddress(path, { connect(probe, $0, $1) }) == 0 {
      throw EngineError(.conflict, "another daemon answers on \(path): stop it or choose another --host")
    }
    guard unlink(path) == 0 || errno == ENOENT else { throw failure("unlink", path) }
  }

  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { target in
      target.copyBytes(from: path.utf8.prefix(target.count - 1))
    }
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
  }

  private static func groupID(_ group: String) -> gid_t? {
    if let number = gid_t(group) { return number }
    return group.withCString { getgrnam($0)?.pointee.gr_gid }
  }

  private static func failure(_ call: String, _ path: String) -> EngineError {
    EngineError(.internalError, "cannot listen on \(path): \(call): \(String(cString: strerror(errno)))")
  }
}
