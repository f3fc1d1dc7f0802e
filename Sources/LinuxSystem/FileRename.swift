import CLinux

extension File {
  /// Renames within one file system; an existing file at `target` is replaced.
  public static func rename(
    _ path: String, to target: String, at directory: DirectoryReference = .current
  ) throws(SystemError) {
    try check(cl_renameat2(directory.rawValue, path, directory.rawValue, target, 0), "rename", path)
  }
}
