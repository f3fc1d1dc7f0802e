import CLinux
import Glibc

/// How a file is opened (open(2)). Close-on-exec is always added.
public struct OpenFlags: OptionSet, Sendable, Hashable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let readOnly = OpenFlags([])
  public static let writeOnly = OpenFlags(rawValue: O_WRONLY)
  public static let readWrite = OpenFlags(rawValue: O_RDWR)
  public static let create = OpenFlags(rawValue: O_CREAT)
  public static let exclusive = OpenFlags(rawValue: O_EXCL)
  public static let truncate = OpenFlags(rawValue: O_TRUNC)
  public static let append = OpenFlags(rawValue: O_APPEND)
  public static let nonBlocking = OpenFlags(rawValue: O_NONBLOCK)
  public static let noControllingTerminal = OpenFlags(rawValue: O_NOCTTY)
  public static let directory = OpenFlags(rawValue: 0o200000)
  public static let noFollow = OpenFlags(rawValue: 0o400000)
  /// Only a handle of the place in the tree (`O_PATH`): no permission to read it is needed, no device is opened.
  public static let path = OpenFlags(rawValue: 0o10000000)
  /// A nameless file in the directory (`O_TMPFILE`).
  public static let temporary = OpenFlags(rawValue: 0o20200000)
}

/// The directory a relative path starts at.
public struct DirectoryReference: Sendable, Hashable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }
  /// The current directory (`AT_FDCWD`).
  public static let current = DirectoryReference(rawValue: -100)
  /// An open directory, which must outlive the call.
  public static func descriptor(_ descriptor: borrowing OwnedDescriptor) -> DirectoryReference {
    DirectoryReference(rawValue: descriptor.rawValue)
  }
}

extension OwnedDescriptor {
  /// Opens `path`, from `directory` when it is relative.
  public static func open(
    _ path: String, _ flags: OpenFlags = .readOnly, mode: UInt32 = 0o600, at directory: DirectoryReference = .current
  ) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(
      owning: try check(cl_open(directory.rawValue, path, flags.rawValue | Int32(CL_O_CLOEXEC), mode), "open", path))
  }
}
