internal import CLinux
internal import LinuxSystem

extension LayerExtractor {
  /// The directory at `path`, opened once for a run of siblings; missing ones are made, as in `tar`.
  mutating func directory(
    _ path: ArraySlice<UInt8>, _ entry: TarEntry, make: Bool = true
  ) throws(ArchiveError) -> Int32 {
    if path.isEmpty { return root.rawValue }
    if let open = cache.find(path) { return open }
    var result = open(path)
    if result == -Errno.noEntry.rawValue {
      guard make else { throw missingTarget(entry) }
      let slash = path.lastIndex(of: UInt8(ascii: "/"))
      let parent = try directory(slash.map { path[..<$0] } ?? [], entry)
      let name = slash.map { path[($0 + 1)...] } ?? path
      let made = name.withCString { cl_mkdirat(parent, $0, 0o755) }
      if made != -Errno.exists.rawValue {
        try check(made, "mkdir", entry)
        implied.insert(Array(path))
        if umask & 0o755 != 0 { try check(name.withCString { cl_fchmodat(parent, $0, 0o755) }, "chmod", entry) }
      }
      result = open(path)
    }
    if result == -Errno.loop.rawValue || result == -Errno.notDirectory.rawValue {
      throw ArchiveError(
        .unsafePath,
        "\(String(decoding: path, as: UTF8.self)) is a symbolic link or a file of the same layer, "
          + "nothing is written through it", path: entry.path)
    }
    try check(result, "open directory", entry)
    cache.insert(path, result)
    return result
  }

  private func open(_ path: ArraySlice<UInt8>) -> Int32 {
    let flags = UInt64(CL_O_PATH) | UInt64(CL_O_DIRECTORY) | UInt64(CL_O_CLOEXEC)
    var result: Int32
    // EAGAIN: something was renamed meanwhile and the kernel cannot vouch for the path (openat2(2), RESOLVE_BENEATH).
    repeat {
      result = path.withCString { cl_openat2(root.rawValue, $0, flags, 0, Self.resolveBeneathWithoutLinks) }
    } while result == -Errno.wouldBlock.rawValue
    return result
  }

  func isDirectory(_ parent: Int32, _ path: EntryPath) throws(ArchiveError) -> Bool {
    var status = cl_stat()
    let result = path.name.withCString { cl_fstatat(parent, $0, Int32(CL_AT_SYMLINK_NOFOLLOW), &status) }
    guard result >= 0 else { throw .system("stat", Int(result), path: path.bytes) }
    return status.mode & 0o170000 == 0o040000
  }

  /// Removes what an earlier entry or a lower layer put at `path`.
  mutating func replace(_ parent: Int32, _ path: EntryPath, _ entry: TarEntry) throws(ArchiveError) {
    let wasDirectory = try isDirectory(parent, path)
    try check(path.name.withCString { cl_remove_tree(parent, $0) }, "replace", entry)
    whiteouts.remove(path.bytes)
    guard wasDirectory else { return }
    directories[path.bytes] = nil
    implied.remove(path.bytes)
    // The parent's own descriptor stays valid for the caller: the directory it names was not replaced.
    let prefix = path.bytes + [UInt8(ascii: "/")]
    cache.remove { $0 == path.bytes || $0.starts(with: prefix) }
    directories = directories.filter { !$0.key.starts(with: prefix) }
  }

  func mustChangeOwner(_ entry: TarEntry) -> Bool {
    mode == .apply || entry.uid != ownUser || entry.gid != ownGroup
  }

  /// Creation drops the bits of the umask, and setuid and setgid are never given at creation.
  func mustChangeMode(_ entry: TarEntry) -> Bool { entry.mode & (umask | 0o6000) != 0 || mode == .apply }

  @inline(__always)
  func check(_ result: Int32, _ operation: @autoclosure () -> String, _ entry: TarEntry) throws(ArchiveError) {
    if result < 0 { throw .system(operation(), Int(result), path: entry.path) }
  }

  /// Attributes of overlayfs itself would let a layer redirect its paths into others.
  func isWanted(_ attribute: TarEntry.ExtendedAttribute) -> Bool {
    !attribute.name.starts(with: "trusted.overlay.".utf8) && !attribute.name.starts(with: "user.overlay.".utf8)
  }

  /// File systems without such attributes are no reason to refuse a layer, as in Docker.
  mutating func checkAttribute(
    _ result: Int32, _ attribute: TarEntry.ExtendedAttribute, _ entry: TarEntry
  ) throws(ArchiveError) {
    if result == -Errno.notSupported.rawValue {
      summary.skippedAttributes += 1
      return
    }
    try check(result, "set attribute \(String(decoding: attribute.name, as: UTF8.self))", entry)
  }
}
