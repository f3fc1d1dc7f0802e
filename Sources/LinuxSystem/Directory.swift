import CLinux

/// Directories by path.
public enum Directory {
  /// Names in a directory, unsorted, without `.` and `..`.
  public static func names(
    _ path: String, at directory: DirectoryReference = .current
  ) throws(SystemError) -> [String] {
    try names(in: try OwnedDescriptor.open(path, [.directory], at: directory), path: path)
  }

  public static func names(in directory: borrowing OwnedDescriptor, path: String? = nil) throws(SystemError) -> [String]
  {
    var names: [String] = []
    let result = withUnsafeMutablePointer(to: &names) { names in
      cl_list_directory(
        directory.rawValue,
        { context, name, _ in
          guard let context, let name else { return false }
          context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
          return true
        }, names)
    }
    try check(result, "list", path)
    return names
  }

  /// Makes one directory; one that is there already is fine, something else of that name is not.
  public static func make(
    _ path: String, mode: UInt32 = 0o755, at directory: DirectoryReference = .current
  ) throws(SystemError) {
    let result = cl_mkdirat(directory.rawValue, path, mode)
    if result == -Errno.exists.rawValue {
      if try FileStatus.of(path, at: directory).isDirectory { return }
      throw SystemError(operation: "mkdir", errno: .notDirectory, path: path)
    }
    try check(result, "mkdir", path)
  }

  /// Makes a directory and its missing parents.
  public static func makeAll(_ path: String, mode: UInt32 = 0o755) throws(SystemError) {
    let result = cl_mkdirat(Int32(CL_AT_FDCWD), path, mode)
    if result == -Errno.noEntry.rawValue, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try makeAll(String(path[..<slash]), mode: mode)
      return try make(path, mode: mode)
    }
    if result == -Errno.exists.rawValue { return try make(path, mode: mode) }
    try check(result, "mkdir", path)
  }

  /// Removes a file or a tree, by descriptors, never following a symbolic link. What is absent is fine. It does not
  /// cross into other mounts: a mount point in the tree is `EBUSY` and what lies under it stays.
  public static func removeAll(_ path: String, at directory: DirectoryReference = .current) throws(SystemError) {
    let result = cl_unlinkat(directory.rawValue, path, 0)
    if result >= 0 || result == -Errno.noEntry.rawValue { return }
    guard result == -Errno.isDirectory.rawValue || result == -Errno.notPermitted.rawValue else {
      throw SystemError(operation: "remove", errno: Errno(-result), path: path)
    }
    let device = try FileStatus.of(path, follow: false, at: directory).device
    do throws(SystemError) {
      let opened = try OwnedDescriptor.open(path, [.directory, .noFollow], at: directory)
      guard try opened.status().device == device else {
        throw SystemError(operation: "remove", errno: .busy, path: path)
      }
      for name in try names(in: opened, path: path) { try removeAll(name, at: .descriptor(opened)) }
    } catch let error where error.errno == .noEntry {
      return
    }
    let removed = cl_unlinkat(directory.rawValue, path, Int32(CL_AT_REMOVEDIR))
    if removed == -Errno.noEntry.rawValue { return }
    try check(removed, "remove", path)
  }
}
