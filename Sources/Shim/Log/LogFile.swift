internal import CLinux
internal import LinuxSystem

/// The live log file and its rotation: whole batches in, each whole or not at all.
struct LogFile: ~Copyable {
  let path: String
  private let maxSize: Int64?
  private let maxFiles: Int
  private var file: OwnedDescriptor?
  private var size: Int64 = 0

  init(path: String, maxSize: Int64?, maxFiles: Int) {
    self.path = path
    self.maxSize = maxSize.flatMap { $0 > 0 ? $0 : nil }
    self.maxFiles = max(1, maxFiles)
  }

  /// Bytes until the file must be rotated; nil: never.
  var room: Int64? { maxSize.map { $0 - size } }

  /// Appends a batch of whole lines by one write(2). On failure nothing of the batch remains in the file.
  mutating func append(_ batch: UnsafeRawBufferPointer) throws(SystemError) {
    try openIfNeeded()
    if let maxSize, size >= maxSize { try rotate() }
    guard let descriptor = file?.rawValue else { return }
    var written = 0
    while written < batch.count {
      let result = cl_write(descriptor, batch.baseAddress?.advanced(by: written), batch.count - written)
      if result == -Int(Errno.interrupted.rawValue) { continue }
      guard result > 0 else {
        // A torn line would hide every line after it from readers.
        if written > 0 { _ = cl_ftruncate(descriptor, size) }
        throw SystemError(
          operation: "write", errno: result == 0 ? .noSpace : Errno(Int32(truncatingIfNeeded: -result)), path: path)
      }
      written += result
    }
    size += Int64(batch.count)
  }

  /// The next batch opens the path anew.
  mutating func close() { file = nil }

  private mutating func openIfNeeded(truncate: Bool = false) throws(SystemError) {
    guard file == nil else { return }
    var flags: OpenFlags = [.writeOnly, .append, .create, .noFollow]
    if truncate { flags.insert(.truncate) }
    let opened = try OwnedDescriptor.open(path, flags, mode: 0o640)
    var status = cl_stat()
    let emptyPath: Int32 = 0x1000
    try check(cl_fstatat(opened.rawValue, "", emptyPath, &status), "stat", path)
    size = status.size
    file = consume opened
  }

  /// path.(n−1) → path.n …, path → path.1; the oldest goes. With one file it is truncated.
  private mutating func rotate() throws(SystemError) {
    let current = Int32(CL_AT_FDCWD)
    if maxFiles > 1 {
      for number in stride(from: maxFiles - 1, through: 2, by: -1) {
        _ = cl_renameat2(current, "\(path).\(number - 1)", current, "\(path).\(number)", 0)
      }
      try check(cl_renameat2(current, path, current, "\(path).1", 0), "rotate", path)
    }
    file = nil
    try openIfNeeded(truncate: true)
  }
}
