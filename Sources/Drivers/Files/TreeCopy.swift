import CLinux
import LinuxSystem

/// Copies a tree as it is: contents (with holes), owners, modes, times, extended attributes, hard links, symbolic links,
/// devices and fifos. By descriptors, never following a link; it stays on the source's file system. Sockets are left
/// out: they mean nothing without their process.
struct TreeCopy {
  private struct Identity: Hashable {
    let device: UInt64
    let inode: UInt64
  }
  /// Where a file with several names has been put: its path below the target.
  private var seen: [Identity: [String]] = [:]
  private let target: Int32

  /// - Parameter target: a directory's descriptor, open as long as the copy runs.
  init(into target: Int32) { self.target = target }

  /// Copies everything in a directory, and then the directory's own owner, mode, times and attributes.
  mutating func contents(of source: borrowing OwnedDescriptor) throws {
    let readable = try OwnedDescriptor.open(".", [.directory], at: .descriptor(source))
    let device = try readable.status().device
    let into = try OwnedDescriptor.open(".", [.directory], at: DirectoryReference(rawValue: target))
    try directory(readable, into, way: [], device: device)
  }

  private mutating func directory(
    _ source: borrowing OwnedDescriptor, _ into: borrowing OwnedDescriptor, way: [String], device: UInt64
  ) throws {
    for name in try Directory.names(in: source) {
      try entry(name, source, into, way: way, device: device)
    }
    let status = try source.status()
    try check(cl_fchown(into.rawValue, status.uid, status.gid), "chown")
    try check(cl_fchmod(into.rawValue, status.permissions), "chmod")
    try Self.attributes(from: "\(source.procPath)/.", to: "\(into.procPath)/.")
    try check(
      cl_futimens(into.rawValue, status.modifiedSeconds, status.modifiedNanoseconds), "set times")
  }

  private mutating func entry(
    _ name: String, _ source: borrowing OwnedDescriptor, _ into: borrowing OwnedDescriptor, way: [String],
    device: UInt64
  ) throws {
    let status = try FileStatus.of(name, follow: false, at: .descriptor(source))
    guard status.device == device || !status.isDirectory else { return }
    let identity = Identity(device: status.device, inode: status.inode)
    if !status.isDirectory, status.links > 1 {
      if let first = seen[identity] {
        let parent = try Self.walk(first.dropLast(), from: target)
        try check(
          cl_linkat(parent.rawValue, first[first.count - 1], into.rawValue, name, 0), "link", name)
        return
      }
      seen[identity] = way + [name]
    }
    switch status.kind {
    case .directory:
      try check(cl_mkdirat(into.rawValue, name, 0o700), "mkdir", name)
      let from = try OwnedDescriptor.open(name, [.directory, .noFollow], at: .descriptor(source))
      let to = try OwnedDescriptor.open(name, [.directory, .noFollow], at: .descriptor(into))
      return try directory(from, to, way: way + [name], device: device)
    case .regular:
      let from = try OwnedDescriptor.open(name, [.noFollow], at: .descriptor(source))
      let to = try OwnedDescriptor.open(
        name, [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600, at: .descriptor(into))
      try Self.bytes(from, to, size: status.size)
    case .symbolicLink:
      var buffer = [CChar](repeating: 0, count: 4097)
      try check(cl_readlinkat(source.rawValue, name, &buffer, 4096), "read link", name)
      try check(cl_symlinkat(buffer, into.rawValue, name), "link", name)
    case .characterDevice, .blockDevice, .fifo:
      try check(cl_mknodat(into.rawValue, name, status.mode, status.specialDevice), "mknod", name)
    case .socket, .unknown:
      return
    }
    let link = Int32(CL_AT_SYMLINK_NOFOLLOW)
    try check(cl_fchownat(into.rawValue, name, status.uid, status.gid, link), "chown", name)
    if status.kind != .symbolicLink { try check(cl_fchmodat(into.rawValue, name, status.permissions), "chmod", name) }
    try Self.attributes(from: "\(source.procPath)/\(name)", to: "\(into.procPath)/\(name)")
    try check(
      cl_utimensat(into.rawValue, name, status.modifiedSeconds, status.modifiedNanoseconds, link), "set times", name)
  }

  private static func walk(_ way: some Sequence<String>, from root: Int32) throws -> OwnedDescriptor {
    var current = try OwnedDescriptor.open(".", [.path, .directory], at: DirectoryReference(rawValue: root))
    for name in way {
      current = try OwnedDescriptor.open(name, [.path, .directory, .noFollow], at: .descriptor(current))
    }
    return current
  }

  /// Data regions in the kernel, holes as holes.
  private static func bytes(
    _ from: borrowing OwnedDescriptor, _ to: borrowing OwnedDescriptor, size: Int64
  ) throws {
    var offset: Int64 = 0
    while offset < size {
      let start = cl_seek_data(from.rawValue, offset)
      // ENXIO: nothing but a hole is left.
      if start < 0 { break }
      var rest = max(0, (cl_seek_hole(from.rawValue, start)) - start)
      if rest == 0 { rest = size - start }
      try check(cl_copy_range(from.rawValue, to.rawValue, start, rest), "copy")
      offset = start + rest
    }
    try check(cl_ftruncate(to.rawValue, size), "truncate")
  }

  /// All extended attributes but overlayfs' own, which mean something only where they are, and our mark.
  private static func attributes(from source: String, to target: String) throws {
    var names = [CChar](repeating: 0, count: 65536)
    let length = cl_llistxattr(source, &names, names.count)
    if length == -Int(Errno.notSupported.rawValue) || length == 0 { return }
    try check(length, "list attributes", source)
    for raw in names.prefix(Int(length)).split(separator: 0) {
      let name = String(decoding: raw.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if name.hasPrefix("trusted.overlay.") || name == OwnerMark.attribute { continue }
      var value = [UInt8](repeating: 0, count: 65536)
      let size = cl_lgetxattr(source, name, &value, value.count)
      if size == -Int(Errno.noData.rawValue) { continue }
      try check(size, "read attribute \(name)", source)
      let result = cl_lsetxattr(target, name, &value, Int(size))
      if result == -Errno.notSupported.rawValue { continue }
      try check(result, "set attribute \(name)", target)
    }
  }
}
