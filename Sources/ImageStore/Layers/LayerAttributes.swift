internal import CLinux
internal import LinuxSystem
internal import OCI

/// Gives the implied directories of a layer (see `LayerExtractor.Summary`) the mode, owner and time that they have
/// in the layers below. overlayfs shows a directory's attributes from its topmost layer: without this, a layer that
/// brings only `tmp/x` would take the sticky bit from `/tmp`.
enum LayerAttributes {
  private static let resolve: UInt64 = 0x08 | 0x04 | 0x02
  private static let flags = UInt64(CL_O_DIRECTORY) | UInt64(CL_O_CLOEXEC)

  /// `below` holds the files of the lower layers, the topmost first. Doing it twice changes nothing.
  static func adopt(_ directories: [[UInt8]], in files: String, below: [String]) throws(ImageStoreError) {
    guard !directories.isEmpty, !below.isEmpty else { return }
    do throws(SystemError) {
      let root = try OwnedDescriptor.open(files, .directory)
      for path in directories {
        guard let source = try status(of: path, in: below) else { continue }
        let result = path.withCString { cl_openat2(root.rawValue, $0, flags, 0, resolve) }
        guard result >= 0 else { continue }
        let directory = OwnedDescriptor(owning: result)
        try check(cl_fchown(directory.rawValue, source.uid, source.gid), "chown", files)
        try check(cl_fchmod(directory.rawValue, source.permissions), "chmod", files)
        try check(
          cl_futimens(directory.rawValue, source.modifiedSeconds, source.modifiedNanoseconds), "set time", files)
      }
    } catch {
      throw ImageStoreError(error)
    }
  }

  private static func status(of path: [UInt8], in layers: [String]) throws(SystemError) -> FileStatus? {
    for layer in layers {
      let root = try OwnedDescriptor.open(layer, .directory)
      let result = path.withCString { cl_openat2(root.rawValue, $0, flags, 0, resolve) }
      guard result >= 0 else { continue }
      return try OwnedDescriptor(owning: result).status()
    }
    return nil
  }
}

extension [UInt8] {
  fileprivate func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let text = map { CChar(bitPattern: $0) } + [0]
    return text.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("never empty: it ends in NUL") }
      return body(base)
    }
  }
}
