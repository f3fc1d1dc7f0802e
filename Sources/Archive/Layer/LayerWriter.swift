internal import CLinux
internal import Glibc
public import LinuxSystem

/// Makes a layer's tar from a directory.
///
/// Entries come sorted by name, parents before children, and the same tree makes the same bytes. Files with several
/// links become one file and hard links. Sockets are left out, as by every builder.
///
/// Blocks on the disk: run it on a thread of its own.
public struct LayerWriter: ~Copyable {
  public enum Source: Sendable, Hashable {
    /// A whole tree as it is.
    case tree
    /// The upper directory of an overlay: its whiteouts become `.wh.` entries (OCI layer.md, "Whiteouts").
    case overlayUpper
  }

  private struct Link: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  private let source: Source
  private var writer: TarWriter
  private var links: [Link: [UInt8]] = [:]
  private var buffer = [UInt8](repeating: 0, count: 256 << 10)

  public init(_ source: Source = .tree, output: @escaping TarWriter.Output) {
    self.source = source
    writer = TarWriter(output: output)
  }

  /// Writes everything below `root`, then the end of the archive.
  public consuming func write(_ root: borrowing OwnedDescriptor) throws(ArchiveError) {
    let directory = cl_open(root.rawValue, ".", Int32(CL_O_DIRECTORY) | Int32(CL_O_CLOEXEC), 0)
    guard directory >= 0 else { throw .system("open", Int(directory)) }
    let owned = OwnedDescriptor(owning: directory)
    try writeChildren(of: owned.rawValue, path: [])
    try writer.finish()
  }

  private mutating func writeChildren(of directory: Int32, path: [UInt8]) throws(ArchiveError) {
    for name in try Self.names(in: directory, path: path) {
      let child = path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
      try write(name, in: directory, path: child)
    }
  }

  private mutating func write(_ name: [UInt8], in directory: Int32, path: [UInt8]) throws(ArchiveError) {
    var status = cl_stat()
    let result = name.withCString { cl_fstatat(directory, $0, Int32(CL_AT_SYMLINK_NOFOLLOW), &status) }
    guard result >= 0 else { throw .system("stat", Int(result), path: path) }
    var entry = TarEntry(
      kind: .file, path: path, mode: status.mode & 0o7777, uid: status.uid, gid: status.gid,
      modifiedSeconds: status.modified_seconds)
    let type = status.mode & 0o170000
    if source == .overlayUpper, type == 0o020000, status.special_device == 0 {
      try writeMarker(Array(".wh.".utf8) + name, beside: path, entry)
      return
    }
    let place = Array("/proc/self/fd/\(directory)/".utf8) + name
    if type != 0o040000, status.links > 1 {
      let link = Link(device: status.device, inode: status.inode)
      if let first = links[link] {
        entry.kind = .hardLink
        entry.linkTarget = first
        try writer.begin(entry)
        return
      }
      links[link] = path
    }
    entry.extendedAttributes = try Self.attributes(of: place, path: path)
    switch type {
    case 0o040000:
      entry.kind = .directory
      let child = name.withCString {
        cl_open(
          directory, $0, Int32(CL_O_DIRECTORY) | Int32(CL_O_NOFOLLOW) | Int32(CL_O_CLOEXEC), 0)
      }
      guard child >= 0 else { throw .system("open", Int(child), path: path) }
      let owned = OwnedDescriptor(owning: child)
      try writer.begin(entry)
      if source == .overlayUpper, try Self.attribute("trusted.overlay.opaque", of: place, path: path) == [0x79] {
        try writeMarker(Array(".wh..wh..opq".utf8), beside: path + Array("/x".utf8), entry)
      }
      try writeChildren(of: owned.rawValue, path: path)
    case 0o100000:
      entry.size = status.size
      try writeFile(name, in: directory, entry)
    case 0o120000:
      entry.kind = .symbolicLink
      entry.linkTarget = try Self.target(of: name, in: directory, path: path)
      try writer.begin(entry)
    case 0o020000, 0o060000:
      entry.kind = type == 0o020000 ? .characterDevice : .blockDevice
      entry.deviceMajor = cl_major(status.special_device)
      entry.deviceMinor = cl_minor(status.special_device)
      try writer.begin(entry)
    case 0o010000:
      entry.kind = .fifo
      try writer.begin(entry)
    default: break
    }
  }

  private mutating func writeMarker(
    _ name: [UInt8], beside path: [UInt8], _ original: TarEntry
  ) throws(ArchiveError) {
    let parent = path.lastIndex(of: UInt8(ascii: "/")).map { Array(path[...$0]) } ?? []
    try writer.begin(
      TarEntry(kind: .file, path: parent + name, mode: 0o600, modifiedSeconds: original.modifiedSeconds))
  }

  /// A file that shrinks while it is read is an error, one that grows is cut: the size is in the header already.
  private mutating func writeFile(_ name: [UInt8], in directory: Int32, _ entry: TarEntry) throws(ArchiveError) {
    let descriptor = name.withCString {
      cl_open(directory, $0, Int32(CL_O_NOFOLLOW) | Int32(CL_O_CLOEXEC) | Int32(O_NONBLOCK), 0)
    }
    guard descriptor >= 0 else { throw .system("open", Int(descriptor), path: entry.path) }
    let owned = OwnedDescriptor(owning: descriptor)
    try writer.begin(entry)
    var remaining = entry.size
    while remaining > 0 {
      let wanted = Int(min(remaining, Int64(buffer.count)))
      let count = buffer.withUnsafeMutableBytes { cl_read(owned.rawValue, $0.baseAddress, wanted) }
      guard count >= 0 else {
        if count == -Int(Errno.interrupted.rawValue) { continue }
        throw .system("read", count, path: entry.path)
      }
      guard count > 0 else {
        throw ArchiveError(.truncated, "the file shrank while it was read: try again", path: entry.path)
      }
      try Self.emit(&writer, buffer, count)
      remaining -= Int64(count)
    }
  }

  private static func emit(_ writer: inout TarWriter, _ buffer: [UInt8], _ count: Int) throws(ArchiveError) {
    try buffer.withRawBytes { (bytes) throws(ArchiveError) in
      try writer.content(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
  }

  // MARK: - Reading the tree

  private static func names(in directory: Int32, path: [UInt8]) throws(ArchiveError) -> [[UInt8]] {
    let result = DirectoryListing.names(in: directory)
    switch result {
    case .success(let names): return names.sorted { $0.lexicographicallyPrecedes($1) }
    case .failure(let errno): throw .system("list", -Int(errno.rawValue), path: path)
    }
  }

  private static func target(of name: [UInt8], in directory: Int32, path: [UInt8]) throws(ArchiveError) -> [UInt8] {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = name.withCString { name in
      buffer.withUnsafeMutableBufferPointer { cl_readlinkat(directory, name, $0.baseAddress, $0.count) }
    }
    guard count >= 0 else { throw .system("readlink", Int(count), path: path) }
    return buffer[..<Int(count)].map { UInt8(bitPattern: $0) }
  }

  /// All but the attributes that belong to overlayfs or to the machine's security module.
  private static func attributes(
    of place: [UInt8], path: [UInt8]
  ) throws(ArchiveError) -> [TarEntry.ExtendedAttribute] {
    var buffer = [CChar](repeating: 0, count: 64 << 10)
    let count = place.withCString { place in
      buffer.withUnsafeMutableBufferPointer { cl_llistxattr(place, $0.baseAddress, $0.count) }
    }
    if count == -Int(Errno.notSupported.rawValue) { return [] }
    guard count >= 0 else { throw .system("list attributes", count, path: path) }
    var result: [TarEntry.ExtendedAttribute] = []
    for part in buffer[..<count].split(separator: 0) {
      let name = part.map { UInt8(bitPattern: $0) }
      let text = String(decoding: name, as: UTF8.self)
      guard text == "security.capability" || text.hasPrefix("user."), !text.hasPrefix("user.overlay.") else { continue }
      guard let value = try attribute(text, of: place, path: path) else { continue }
      result.append(TarEntry.ExtendedAttribute(name: name, value: value))
    }
    return result.sorted { $0.name.lexicographicallyPrecedes($1.name) }
  }

  private static func attribute(
    _ name: String, of place: [UInt8], path: [UInt8]
  ) throws(ArchiveError) -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: 64 << 10)
    let count = place.withCString { place in
      value.withUnsafeMutableBytes { cl_lgetxattr(place, name, $0.baseAddress, $0.count) }
    }
    if count == -Int(Errno.noData.rawValue) || count == -Int(Errno.notSupported.rawValue) { return nil }
    guard count >= 0 else { throw .system("read attribute \(name)", count, path: path) }
    return Array(value[..<count])
  }
}
