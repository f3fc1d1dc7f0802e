import CLinux

/// Files that live in memory only (memfd_create(2)).
public enum MemoryFile {
  /// A file with this content that nobody can change any more (all seals).
  public static func sealed(_ name: String, _ bytes: some Collection<UInt8>) throws(SystemError) -> OwnedDescriptor {
    let file = try create(name)
    try file.writeAll(bytes)
    try check(cl_fcntl(file.rawValue, Int32(CL_F_ADD_SEALS), Int(CL_SEAL_ALL)), "seal", name)
    return file
  }

  /// An empty, sealable, executable file. Kernels since 6.3 want to be told that it may be executed.
  public static func create(_ name: String) throws(SystemError) -> OwnedDescriptor {
    let flags = UInt32(CL_MFD_CLOEXEC) | UInt32(CL_MFD_ALLOW_SEALING)
    var result = cl_memfd_create(name, flags | UInt32(CL_MFD_EXEC))
    if result == -Errno.invalid.rawValue { result = cl_memfd_create(name, flags) }
    return OwnedDescriptor(owning: try check(result, "memfd_create", name))
  }
}
