import CLinux

/// What stat(2) says of a file.
public struct FileStatus: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case regular, directory, symbolicLink, characterDevice, blockDevice, fifo, socket, unknown
  }

  public var device: UInt64
  public var inode: UInt64
  public var links: UInt64
  /// Number of the device a device node stands for.
  public var specialDevice: UInt64
  /// Bytes.
  public var size: Int64
  /// Units of 512 bytes.
  public var blocks: Int64
  /// Type and permission bits.
  public var mode: UInt32
  public var uid: UInt32
  public var gid: UInt32
  public var modifiedSeconds: Int64
  public var modifiedNanoseconds: Int64
  public var changedSeconds: Int64
  public var changedNanoseconds: Int64

  init(_ raw: cl_stat) {
    device = raw.device
    inode = raw.inode
    links = raw.links
    specialDevice = raw.special_device
    size = raw.size
    blocks = raw.blocks
    mode = raw.mode
    uid = raw.uid
    gid = raw.gid
    modifiedSeconds = raw.modified_seconds
    modifiedNanoseconds = raw.modified_nanoseconds
    changedSeconds = raw.changed_seconds
    changedNanoseconds = raw.changed_nanoseconds
  }

  public var kind: Kind {
    switch mode & 0o170000 {
    case 0o100000: .regular
    case 0o040000: .directory
    case 0o120000: .symbolicLink
    case 0o020000: .characterDevice
    case 0o060000: .blockDevice
    case 0o010000: .fifo
    case 0o140000: .socket
    default: .unknown
    }
  }
  public var permissions: UInt32 { mode & 0o7777 }
  public var isDirectory: Bool { kind == .directory }

  /// Status of a path. Symbolic links are followed unless `follow` is false.
  public static func of(
    _ path: String, follow: Bool = true, at directory: DirectoryReference = .current
  ) throws(SystemError) -> FileStatus {
    var raw = cl_stat()
    try check(
      cl_fstatat(directory.rawValue, path, follow ? 0 : Int32(CL_AT_SYMLINK_NOFOLLOW), &raw), "stat", path)
    return FileStatus(raw)
  }

  /// Whether something is at `path` (a dangling symbolic link is nothing unless `follow` is false).
  public static func exists(_ path: String, follow: Bool = true) -> Bool { (try? of(path, follow: follow)) != nil }
}

extension OwnedDescriptor {
  public borrowing func status() throws(SystemError) -> FileStatus {
    var raw = cl_stat()
    try check(cl_fstatat(rawValue, "", Int32(CL_AT_EMPTY_PATH), &raw), "stat")
    return FileStatus(raw)
  }
}

/// Kind and space of a mounted file system (statfs(2)).
public struct FileSystemStatus: Sendable, Hashable {
  /// Magic number.
  public var type: Int64
  public var blockSize: UInt64
  public var blocks: UInt64
  public var freeBlocks: UInt64
  public var availableBlocks: UInt64
  /// Mount flags (`ST_RDONLY` 1, `ST_NOSUID` 2, `ST_NODEV` 4, `ST_NOEXEC` 8, `ST_NOATIME` 0x400, …).
  public var flags: UInt64

  public var isCgroup2: Bool { type == CL_CGROUP2_MAGIC }
  public var isTmpfs: Bool { type == CL_TMPFS_MAGIC }
  public var isProc: Bool { type == CL_PROC_MAGIC }
  public var isOverlay: Bool { type == CL_OVERLAY_MAGIC }
  public var totalBytes: UInt64 { blocks * blockSize }
  public var availableBytes: UInt64 { availableBlocks * blockSize }

  public static func of(_ path: String) throws(SystemError) -> FileSystemStatus {
    try OwnedDescriptor.open(path, .path).fileSystemStatus()
  }
}

extension OwnedDescriptor {
  public borrowing func fileSystemStatus() throws(SystemError) -> FileSystemStatus {
    var raw = cl_statfs()
    try check(cl_fstatfs(rawValue, &raw), "statfs")
    return FileSystemStatus(
      type: raw.type, blockSize: raw.block_size, blocks: raw.blocks, freeBlocks: raw.free_blocks,
      availableBlocks: raw.available_blocks, flags: raw.flags)
  }
}
