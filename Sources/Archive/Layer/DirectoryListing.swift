internal import CLinux
internal import LinuxSystem

/// Names in a directory as the kernel has them, bytes that need not be UTF-8.
enum DirectoryListing {
  enum Outcome {
    case success([[UInt8]])
    case failure(Errno)
  }

  /// `directory` is open for reading.
  static func names(in directory: Int32) -> Outcome {
    var names: [[UInt8]] = []
    let listed = withUnsafeMutablePointer(to: &names) { names in
      cl_list_directory(
        directory,
        { context, name, _ in
          guard let context, let name else { return false }
          var bytes: [UInt8] = []
          var position = name
          while position.pointee != 0 {
            bytes.append(UInt8(bitPattern: position.pointee))
            position += 1
          }
          context.assumingMemoryBound(to: [[UInt8]].self).pointee.append(bytes)
          return true
        }, names)
    }
    return listed < 0 ? .failure(Errno(-listed)) : .success(names)
  }
}
