public import LinuxSystem

/// Why an archive could not be read, written or unpacked.
///
/// `"layer entry usr/../../etc/passwd: the path leaves the layer"`.
public struct ArchiveError: Error, Sendable, Hashable, CustomStringConvertible {
  public struct Code: Sendable, Hashable {
    private enum Value: Sendable, Hashable {
      case malformed, truncated, unsafePath, tooLarge, noSpace, unsupported, corrupt, system
    }
    private let value: Value
    private init(_ value: Value) { self.value = value }

    /// The tar is not one, or contradicts itself.
    public static let malformed = Code(.malformed)
    /// The stream ended in the middle.
    public static let truncated = Code(.truncated)
    /// An entry that would land outside of the directory or pass through a symbolic link.
    public static let unsafePath = Code(.unsafePath)
    /// An entry beyond a limit.
    public static let tooLarge = Code(.tooLarge)
    /// The disk or the quota is full.
    public static let noSpace = Code(.noSpace)
    /// A format that this engine does not read.
    public static let unsupported = Code(.unsupported)
    /// Compressed data that fails its checksum or cannot be decoded.
    public static let corrupt = Code(.corrupt)
    /// Another system call failed; `errno` says how.
    public static let system = Code(.system)
  }

  public let code: Code
  public let message: String
  /// The entry's path, as the archive has it.
  public var path: String?
  public let errno: Errno?

  init(_ code: Code, _ message: String, path: [UInt8]? = nil, errno: Errno? = nil) {
    self.code = code
    self.message = message
    self.path = path.map { String(decoding: $0, as: UTF8.self) }
    self.errno = errno
  }

  /// A failed system call: a full disk or quota has its own code.
  static func system(_ operation: String, _ result: Int, path: [UInt8]? = nil) -> ArchiveError {
    let errno = Errno(Int32(truncatingIfNeeded: -result))
    if errno == .noSpace || errno == .quotaExceeded {
      return ArchiveError(.noSpace, "\(operation): \(errno): free some space and try again", path: path, errno: errno)
    }
    return ArchiveError(.system, "\(operation): \(errno)", path: path, errno: errno)
  }

  public var description: String {
    guard let path else { return message }
    return "layer entry \(path): \(message)"
  }
}

extension ArchiveError {
  /// A failed system call of a caller that streams an archive somewhere.
  public static func failed(_ operation: String, _ errno: Errno) -> ArchiveError {
    .system(operation, -Int(errno.rawValue))
  }
}
