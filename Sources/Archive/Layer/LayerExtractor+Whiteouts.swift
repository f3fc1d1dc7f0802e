internal import CLinux
internal import LinuxSystem

extension LayerExtractor {
  static let whiteoutPrefix = Array(".wh.".utf8)
  static let opaqueMarker = Array(".wh..wh..opq".utf8)
  static let metadataPrefix = Array(".wh..wh.".utf8)

  /// Carries out the entry if it is a whiteout (OCI layer.md, "Whiteouts"); false if it is none.
  mutating func whiteout(_ path: EntryPath, _ entry: TarEntry) throws(ArchiveError) -> Bool {
    guard path.name.starts(with: Self.whiteoutPrefix) else { return false }
    if path.name.elementsEqual(Self.opaqueMarker) {
      let parent = try directory(path.parent, entry)
      switch mode {
      case .overlay: try makeOpaque(parent, entry)
      case .apply: try clear(path.parent, entry)
      }
      return true
    }
    // AUFS's own bookkeeping, which old builders left in their layers.
    if path.name.starts(with: Self.metadataPrefix) { return true }
    let name = path.name.dropFirst(Self.whiteoutPrefix.count)
    let isDots = name.count <= 2 && name.allSatisfy { $0 == UInt8(ascii: ".") }
    guard !name.isEmpty, !isDots else {
      throw ArchiveError(.unsafePath, "the whiteout would remove more than a file of the layer", path: entry.path)
    }
    let hidden = path.parent.isEmpty ? Array(name) : path.parent + [UInt8(ascii: "/")] + name
    let parent = try directory(path.parent, entry)
    switch mode {
    case .overlay: try hide(Array(hidden), name, parent, entry)
    case .apply:
      // A whiteout is about the layers below: what this layer has brought itself stays.
      guard !brought.contains(Array(hidden)) else { return true }
      let removed = try EntryPath(Array(hidden))
      try check(name.withCString { cl_remove_tree(parent, $0) }, "remove", entry)
      let prefix = removed.bytes + [UInt8(ascii: "/")]
      cache.remove { $0 == removed.bytes || $0.starts(with: prefix) }
    }
    return true
  }

  private mutating func hide(
    _ path: [UInt8], _ name: ArraySlice<UInt8>, _ parent: Int32, _ entry: TarEntry
  ) throws(ArchiveError) {
    // overlayfs.rst, "whiteouts and opaque directories"
    let result = name.withCString { cl_mknodat(parent, $0, 0o020000, 0) }
    if result == -Errno.exists.rawValue {
      if directories[path] != nil || implied.contains(path) {
        try makeOpaque(directory(path[...], entry), entry)
      }
      return
    }
    try check(result, "make whiteout", entry)
    whiteouts.insert(path)
  }

  func makeOpaque(_ directory: Int32, _ entry: TarEntry) throws(ArchiveError) {
    let value = Array("y".utf8)
    let result = "/proc/self/fd/\(directory)".withCString { place in
      cl_setxattr(place, "trusted.overlay.opaque", value, value.count)
    }
    try check(result, "set attribute trusted.overlay.opaque", entry)
  }

  /// Removes everything below a directory but what this layer has brought.
  private mutating func clear(_ path: ArraySlice<UInt8>, _ entry: TarEntry) throws(ArchiveError) {
    let directory = try directory(path, entry)
    // The cached descriptor only names the place: listing needs a readable one.
    let readable = cl_open(directory, ".", Int32(CL_O_DIRECTORY) | Int32(CL_O_CLOEXEC), 0)
    try check(readable, "open directory", entry)
    let owned = OwnedDescriptor(owning: readable)
    let names: [[UInt8]]
    switch DirectoryListing.names(in: owned.rawValue) {
    case .success(let found): names = found
    case .failure(let errno): throw .system("list", -Int(errno.rawValue), path: entry.path)
    }
    for name in names {
      let child = path.isEmpty ? name : Array(path) + [UInt8(ascii: "/")] + name
      if brought.contains(child) {
        if directories[child] != nil { try clear(child[...], entry) }
      } else {
        try check(name.withCString { cl_remove_tree(owned.rawValue, $0) }, "remove", entry)
        let prefix = child + [UInt8(ascii: "/")]
        cache.remove { $0 == child || $0.starts(with: prefix) }
      }
    }
  }
}
