import LinuxSystem

/// How much a tree takes on the disk.
enum DiskUse {
  private struct Identity: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  /// Bytes of the blocks in use, hard links once. By descriptor, never through a link.
  static func bytes(below path: String) throws(SystemError) -> Int64 {
    var seen: Set<Identity> = []
    return try bytes(of: OwnedDescriptor.open(path, [.directory, .noFollow]), &seen)
  }

  private static func bytes(
    of directory: borrowing OwnedDescriptor, _ seen: inout Set<Identity>
  ) throws(SystemError) -> Int64 {
    var total: Int64 = 0
    for name in try Directory.names(in: directory) {
      guard let status = try? FileStatus.of(name, follow: false, at: .descriptor(directory)) else { continue }
      if status.links > 1, !status.isDirectory,
        !seen.insert(Identity(device: status.device, inode: status.inode)).inserted
      {
        continue
      }
      total += status.blocks * 512
      if status.isDirectory,
        let child = try? OwnedDescriptor.open(name, [.directory, .noFollow], at: .descriptor(directory))
      {
        total += try bytes(of: child, &seen)
      }
    }
    return total
  }
}
