import CLinux

extension OwnedDescriptor {
  /// Reads once, at most `limit` bytes; empty at the end of the file. `EAGAIN` of a non-blocking descriptor is thrown.
  public borrowing func read(upTo limit: Int) throws(SystemError) -> [UInt8] {
    var failure: Int = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      let result = cl_read(rawValue, buffer.baseAddress, limit)
      if result < 0 { failure = result } else { count = result }
    }
    try check(failure, "read")
    return bytes
  }

  /// Reads to the end; more than `limit` bytes are an error (`EFBIG`).
  public borrowing func readToEnd(limit: Int = 64 << 20) throws(SystemError) -> [UInt8] {
    var status = cl_stat()
    try check(cl_fstatat(rawValue, "", 0x1000, &status), "stat")
    var bytes: [UInt8] = []
    var chunk = Int(min(max(status.size + 1, 4096), 1 << 20))
    while true {
      let part = try read(upTo: chunk)
      if part.isEmpty { return bytes }
      if bytes.isEmpty { bytes = part } else { bytes += part }
      if bytes.count > limit { throw SystemError(operation: "read", errno: Errno(27)) }
      chunk = max(chunk, 64 << 10)
    }
  }

  /// Writes all bytes; blocks as the descriptor does.
  public borrowing func writeAll(_ bytes: some Collection<UInt8>) throws(SystemError) {
    try Self.writeAll(bytes, to: rawValue)
  }

  /// Writes all bytes to a descriptor that someone else owns.
  public static func writeAll(_ bytes: some Collection<UInt8>, to descriptor: Int32) throws(SystemError) {
    func write(_ buffer: UnsafeBufferPointer<UInt8>) -> Int {
      var written = 0
      while written < buffer.count {
        let result = cl_write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
        if result < 0 { return result }
        written += result
      }
      return 0
    }
    let result = bytes.withContiguousStorageIfAvailable(write) ?? Array(bytes).withUnsafeBufferPointer(write)
    try check(result, "write")
  }
}

/// Whole files by path.
public enum File {
  /// Reads a whole file; more than `limit` bytes are an error.
  public static func read(
    _ path: String, at directory: DirectoryReference = .current, limit: Int = 64 << 20
  ) throws(SystemError) -> [UInt8] {
    let file = try OwnedDescriptor.open(path, at: directory)
    do { return try file.readToEnd(limit: limit) } catch {
      throw SystemError(operation: error.operation, errno: error.errno, path: path)
    }
  }

  /// Reads a whole file as text; bytes that are not UTF-8 become U+FFFD.
  public static func readText(
    _ path: String, at directory: DirectoryReference = .current, limit: Int = 64 << 20
  ) throws(SystemError) -> String {
    String(decoding: try read(path, at: directory, limit: limit), as: UTF8.self)
  }

  /// Writes bytes into an existing kernel file (cgroup, sysctl, attribute) by one write(2), as such files require.
  public static func writeOnce(
    _ text: String, to path: String, at directory: DirectoryReference = .current
  ) throws(SystemError) {
    let file = try OwnedDescriptor.open(path, .writeOnly, at: directory)
    var text = text
    let result = text.withUTF8 { cl_write(file.rawValue, $0.baseAddress, $0.count) }
    try check(result, "write", path)
  }

  /// How much of a crash `replace` must survive.
  public enum Durability: Sendable, Hashable {
    /// The process's own crash: the old or the new content, never a mixture.
    case process
    /// The machine's too: file and directory are flushed.
    case machine
  }

  /// Replaces a file atomically: written beside its name, then renamed over it. On error the old content stands.
  public static func replace(
    _ path: String, with bytes: some Collection<UInt8>, mode: UInt32 = 0o600,
    at directory: DirectoryReference = .current, durability: Durability = .process
  ) throws(SystemError) {
    let slash = path.lastIndex(of: "/")
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let prefix = slash.map { String(path[...$0]) } ?? ""
    let temporary = "\(prefix).\(name).\(UInt64.random(in: 0 ... .max)).tmp"
    do throws(SystemError) {
      let file = try OwnedDescriptor.open(
        temporary, [.writeOnly, .create, .exclusive, .noFollow], mode: mode, at: directory)
      try file.writeAll(bytes)
      if durability == .machine { try check(cl_fdatasync(file.rawValue), "flush", temporary) }
      try check(cl_renameat2(directory.rawValue, temporary, directory.rawValue, path, 0), "rename", path)
    } catch {
      _ = cl_unlinkat(directory.rawValue, temporary, 0)
      throw SystemError(operation: error.operation, errno: error.errno, path: path)
    }
    if durability == .machine {
      let parent = try OwnedDescriptor.open(prefix.isEmpty ? "." : prefix, .directory, at: directory)
      try check(cl_fsync(parent.rawValue), "flush", prefix)
    }
  }
}
