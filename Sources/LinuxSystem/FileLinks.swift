import CLinux

extension OwnedDescriptor {
  /// The target of the symbolic link that this descriptor (opened with `.path` and `.noFollow`) stands for.
  public borrowing func readLink() throws(SystemError) -> String {
    var failure = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      let length = buffer.withMemoryRebound(to: CChar.self) {
        Int(cl_readlinkat(rawValue, "", $0.baseAddress, $0.count))
      }
      if length < 0 { failure = length } else { count = length }
    }
    try check(failure, "readlink")
    return String(decoding: bytes, as: UTF8.self)
  }

  /// An extended attribute's value, or nil where the file or its file system has none of that name.
  public borrowing func extendedAttribute(_ name: String) -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: 256)
    let length = cl_fgetxattr(rawValue, name, &value, value.count)
    return length < 0 ? nil : Array(value.prefix(length))
  }
}
