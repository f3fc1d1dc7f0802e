internal import CLinux
internal import Glibc
public import LinuxSystem

/// Unpacks a layer's entries into a directory, by descriptors only.
///
/// Nothing outside of the directory can be reached: the parent of each entry is opened with
/// `openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)` (once for a run of siblings), everything else happens relative to
/// that descriptor and follows no link. A path that is absolute, contains `..` or passes through a symbolic link of the
/// same layer is an error (compare CVE-2014-6407, CVE-2018-15664, CVE-2021-30465).
///
/// Blocks on the disk: run it on a thread of its own. On an error the caller removes the directory.
public struct LayerExtractor: ~Copyable, TarConsumer {
  /// What to do with the whiteouts of a layer (OCI layer.md, "Whiteouts").
  public enum Mode: Sendable, Hashable {
    /// Into a fresh directory that becomes a lower directory of overlayfs: `.wh.x` becomes a character device 0/0,
    /// `.wh..wh..opq` the attribute `trusted.overlay.opaque`.
    case overlay
    /// Onto the unpacked layers below: what a whiteout names is removed.
    case apply
  }

  public struct Limits: Sendable, Hashable {
    /// Bytes of content in all files together.
    public var bytes = Int64.max
    /// Size of one file, holes included; nil means the size of the whole file system.
    public var fileSize: Int64?
    public init() {}
  }

  /// What was unpacked.
  public struct Summary: Sendable, Hashable {
    public var entries = 0
    /// Content of files, without holes.
    public var bytes: Int64 = 0
    /// Directories that the layer has no entry for, made because something lies in them. Their mode, owner and time
    /// ought to be those of the layers below.
    public var impliedDirectories: [[UInt8]] = []
    /// Extended attributes that the file system cannot hold or that belong to overlayfs itself.
    public var skippedAttributes = 0
  }

  struct DirectoryAttributes {
    var mode: UInt32
    var uid: UInt32
    var gid: UInt32
    var seconds: Int64
    var nanoseconds: Int64
    var extendedAttributes: [TarEntry.ExtendedAttribute]
  }

  struct OpenFile {
    var descriptor: Int32
    var end: Int64
  }

  static let resolveBeneathWithoutLinks: UInt64 = 0x08 | 0x04 | 0x02

  let root: OwnedDescriptor
  let mode: Mode
  let limits: Limits
  let largestFile: Int64
  let umask: UInt32
  let ownUser: UInt32
  let ownGroup: UInt32
  var cache = DirectoryCache()
  var directories: [[UInt8]: DirectoryAttributes] = [:]
  var implied: Set<[UInt8]> = []
  /// Whiteouts of this layer: a directory that replaces one must be opaque.
  var whiteouts: Set<[UInt8]> = []
  /// Everything this layer has brought, for opaque directories in `.apply` mode.
  var brought: Set<[UInt8]> = []
  var summary = Summary()
  var file: OpenFile?
  var entry: TarEntry?

  /// Unpacks into `directory`, which exists and, in `.overlay` mode, is empty.
  public init(into directory: borrowing OwnedDescriptor, mode: Mode, limits: Limits = Limits()) throws(ArchiveError) {
    let largestFile = try Self.largestFile(limits, directory)
    self.init(root: try Self.duplicate(directory), mode: mode, limits: limits, largestFile: largestFile)
  }

  private init(root: consuming OwnedDescriptor, mode: Mode, limits: Limits, largestFile: Int64) {
    self.root = root
    self.mode = mode
    self.limits = limits
    self.largestFile = largestFile
    ownUser = geteuid()
    ownGroup = getegid()
    let mask = cl_current_umask()
    umask = mask < 0 ? 0o7777 : UInt32(mask)
  }

  private static func largestFile(
    _ limits: Limits, _ directory: borrowing OwnedDescriptor
  ) throws(ArchiveError) -> Int64 {
    if let given = limits.fileSize { return given }
    do {
      return Int64(clamping: try directory.fileSystemStatus().totalBytes)
    } catch {
      throw ArchiveError(.system, "\(error)", errno: error.errno)
    }
  }

  private static func duplicate(_ directory: borrowing OwnedDescriptor) throws(ArchiveError) -> OwnedDescriptor {
    do {
      return try directory.duplicate()
    } catch {
      throw ArchiveError(.system, "\(error)", errno: error.errno)
    }
  }

  deinit { if let file { _ = cl_close(file.descriptor) } }

  public mutating func begin(_ entry: TarEntry) throws(ArchiveError) {
    summary.entries += 1
    let path = try EntryPath(entry.path)
    if path.isRoot {
      guard entry.kind == .directory else {
        throw ArchiveError(.unsafePath, "the layer's root can only be a directory", path: entry.path)
      }
      remember(entry, path)
      return
    }
    if try whiteout(path, entry) { return }
    self.entry = entry
    if mode == .apply { brought.insert(path.bytes) }
    switch entry.kind {
    case .directory: try makeDirectory(path, entry)
    case .file: try openFile(path, entry)
    case .hardLink: try link(path, entry)
    case .symbolicLink:
      guard !entry.linkTarget.isEmpty, !entry.linkTarget.contains(0) else {
        throw ArchiveError(.malformed, "the symbolic link has no target", path: entry.path)
      }
      try makeNode(path, entry) { parent, name in
        entry.linkTarget.withCString { target in cl_symlinkat(target, parent, name) }
      }
    case .characterDevice, .blockDevice, .fifo:
      let type: UInt32 =
        switch entry.kind {
        case .characterDevice: 0o020000
        case .blockDevice: 0o060000
        default: 0o010000
        }
      let device = entry.kind == .fifo ? 0 : cl_makedev(entry.deviceMajor, entry.deviceMinor)
      try makeNode(path, entry) { parent, name in cl_mknodat(parent, name, type | (entry.mode & 0o1777), device) }
    }
  }

  public mutating func content(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(ArchiveError) {
    guard let descriptor = file?.descriptor else { return }
    summary.bytes += Int64(bytes.count)
    guard summary.bytes <= limits.bytes else {
      throw ArchiveError(
        .tooLarge, "the layer's files have more than the \(limits.bytes) bytes that are allowed", path: entry?.path)
    }
    let isSequential = offset == file?.end
    var written = 0
    while written < bytes.count {
      guard let base = bytes.baseAddress else { return }
      let position = base + written
      let result =
        isSequential && entry?.segments == nil
        ? cl_write(descriptor, position, bytes.count - written)
        : cl_pwrite(descriptor, position, bytes.count - written, offset + Int64(written))
      guard result >= 0 else {
        if result == -Int(Errno.interrupted.rawValue) { continue }
        throw .system("write", result, path: entry?.path)
      }
      written += result
    }
    file?.end = offset + Int64(bytes.count)
  }

  public mutating func end() throws(ArchiveError) {
    guard let open = file, let entry else {
      self.entry = nil
      return
    }
    if open.end < entry.size {
      try check(cl_ftruncate(open.descriptor, entry.size), "set size", entry)
    }
    // Changing the owner drops setuid and capabilities, so it comes first; writing would drop them too.
    if mustChangeOwner(entry) { try check(cl_fchown(open.descriptor, entry.uid, entry.gid), "chown", entry) }
    if mustChangeMode(entry) { try check(cl_fchmod(open.descriptor, entry.mode), "chmod", entry) }
    for attribute in entry.extendedAttributes where isWanted(attribute) {
      let result = attribute.name.withCString { name in
        attribute.value.withUnsafeBytes { cl_fsetxattr(open.descriptor, name, $0.baseAddress, $0.count) }
      }
      try checkAttribute(result, attribute, entry)
    }
    try check(
      cl_futimens(open.descriptor, entry.modifiedSeconds, entry.modifiedNanoseconds), "set time", entry)
    file = nil
    let closed = cl_close(open.descriptor)
    try check(closed, "close", entry)
    self.entry = nil
  }

  /// Gives the directories their modes, owners and times, now that nothing is made in them any more.
  public mutating func finish() throws(ArchiveError) -> Summary {
    for (path, attributes) in directories { try settle(path, attributes) }
    summary.impliedDirectories = implied.subtracting(directories.keys).sorted { $0.lexicographicallyPrecedes($1) }
    return summary
  }

  // MARK: - Entries

  private mutating func openFile(_ path: EntryPath, _ entry: TarEntry) throws(ArchiveError) {
    guard entry.size <= largestFile else {
      let limit =
        limits.fileSize == nil ? "this disk can hold: no space left on device" : "the \(largestFile) that are allowed"
      throw ArchiveError(
        .tooLarge, "the file declares \(entry.size) bytes, more than \(limit)", path: entry.path)
    }
    guard summary.bytes.addingReportingOverflow(entry.segments == nil ? entry.size : 0).partialValue <= limits.bytes
    else {
      throw ArchiveError(
        .tooLarge, "the layer's files have more than the \(limits.bytes) bytes that are allowed", path: entry.path)
    }
    let parent = try directory(path.parent, entry)
    // O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC: a new file, never what a link points to.
    let flags: Int32 = 0o1 | 0o100 | 0o200 | Int32(CL_O_NOFOLLOW) | Int32(CL_O_CLOEXEC)
    var result = path.name.withCString { cl_open(parent, $0, flags, entry.mode & 0o1777) }
    if result == -Errno.exists.rawValue {
      try replace(parent, path, entry)
      result = path.name.withCString { cl_open(parent, $0, flags, entry.mode & 0o1777) }
    }
    try check(result, "create", entry)
    file = OpenFile(descriptor: result, end: 0)
  }

  private mutating func makeDirectory(_ path: EntryPath, _ entry: TarEntry) throws(ArchiveError) {
    let parent = try directory(path.parent, entry)
    let result = path.name.withCString { cl_mkdirat(parent, $0, entry.mode & 0o1777) }
    if result == -Errno.exists.rawValue {
      if try !isDirectory(parent, path) {
        let hidLower = whiteouts.contains(path.bytes)
        try replace(parent, path, entry)
        try check(path.name.withCString { cl_mkdirat(parent, $0, entry.mode & 0o1777) }, "mkdir", entry)
        if hidLower { try makeOpaque(directory(path.bytes[...], entry), entry) }
      }
    } else {
      try check(result, "mkdir", entry)
    }
    remember(entry, path)
  }

  private mutating func link(_ path: EntryPath, _ entry: TarEntry) throws(ArchiveError) {
    let target: EntryPath
    do {
      target = try EntryPath(entry.linkTarget)
    } catch {
      throw ArchiveError(
        .unsafePath, "the hard link's target \(String(decoding: entry.linkTarget, as: UTF8.self)) leaves the layer",
        path: entry.path)
    }
    guard !target.isRoot, target.bytes != path.bytes else {
      throw ArchiveError(.malformed, "the hard link points to itself or to the root", path: entry.path)
    }
    let parent = try directory(path.parent, entry)
    let source = try directory(target.parent, entry, make: false)
    func attempt() -> Int32 {
      target.name.withCString { from in path.name.withCString { to in cl_linkat(source, from, parent, to, 0) } }
    }
    var result = attempt()
    if result == -Errno.exists.rawValue {
      try replace(parent, path, entry)
      result = attempt()
    }
    if result == -Errno.noEntry.rawValue { throw missingTarget(entry) }
    try check(result, "link", entry)
  }

  func missingTarget(_ entry: TarEntry) -> ArchiveError {
    ArchiveError(
      .malformed, "the hard link's target \(String(decoding: entry.linkTarget, as: UTF8.self)) is not in the layer",
      path: entry.path)
  }

  private mutating func makeNode(
    _ path: EntryPath, _ entry: TarEntry, _ make: (_ parent: Int32, _ name: UnsafePointer<CChar>) -> Int32
  ) throws(ArchiveError) {
    let parent = try directory(path.parent, entry)
    var result = path.name.withCString { make(parent, $0) }
    if result == -Errno.exists.rawValue {
      try replace(parent, path, entry)
      result = path.name.withCString { make(parent, $0) }
    }
    try check(result, entry.kind == .symbolicLink ? "symlink" : "mknod", entry)
    let isLink = entry.kind == .symbolicLink
    let noFollow = Int32(CL_AT_SYMLINK_NOFOLLOW)
    if mustChangeOwner(entry) {
      try check(
        path.name.withCString { cl_fchownat(parent, $0, entry.uid, entry.gid, noFollow) }, "chown", entry)
    }
    // A node just made is no link, and nobody else writes here: a chmod by name reaches this node.
    if !isLink, mustChangeMode(entry) {
      try check(path.name.withCString { cl_fchmodat(parent, $0, entry.mode) }, "chmod", entry)
    }
    for attribute in entry.extendedAttributes where isWanted(attribute) {
      let result = (Array("/proc/self/fd/\(parent)/".utf8) + path.name).withCString { place in
        attribute.name.withCString { name in
          attribute.value.withUnsafeBytes { cl_lsetxattr(place, name, $0.baseAddress, $0.count) }
        }
      }
      try checkAttribute(result, attribute, entry)
    }
    try check(
      path.name.withCString {
        cl_utimensat(parent, $0, entry.modifiedSeconds, entry.modifiedNanoseconds, noFollow)
      }, "set time", entry)
  }

  private mutating func remember(_ entry: TarEntry, _ path: EntryPath) {
    directories[path.bytes] = DirectoryAttributes(
      mode: entry.mode, uid: entry.uid, gid: entry.gid, seconds: entry.modifiedSeconds,
      nanoseconds: entry.modifiedNanoseconds, extendedAttributes: entry.extendedAttributes)
  }

  private mutating func settle(_ path: [UInt8], _ attributes: DirectoryAttributes) throws(ArchiveError) {
    let flags = UInt64(CL_O_DIRECTORY) | UInt64(CL_O_CLOEXEC)
    let place = path.isEmpty ? Array(".".utf8) : path
    let result = place.withCString { cl_openat2(root.rawValue, $0, flags, 0, Self.resolveBeneathWithoutLinks) }
    // A later entry has put something else here.
    let replaced: [Errno] = [.noEntry, .notDirectory, .loop]
    if replaced.contains(where: { result == -$0.rawValue }) { return }
    let entry = TarEntry(
      kind: .directory, path: path, mode: attributes.mode, uid: attributes.uid, gid: attributes.gid)
    try check(result, "open", entry)
    let descriptor = OwnedDescriptor(owning: result)
    if mode == .apply || path.isEmpty || mustChangeOwner(entry) {
      try check(cl_fchown(descriptor.rawValue, attributes.uid, attributes.gid), "chown", entry)
    }
    if mode == .apply || path.isEmpty || mustChangeMode(entry) || implied.contains(path) {
      try check(cl_fchmod(descriptor.rawValue, attributes.mode), "chmod", entry)
    }
    for attribute in attributes.extendedAttributes where isWanted(attribute) {
      let result = attribute.name.withCString { name in
        attribute.value.withUnsafeBytes { cl_fsetxattr(descriptor.rawValue, name, $0.baseAddress, $0.count) }
      }
      try checkAttribute(result, attribute, entry)
    }
    try check(cl_futimens(descriptor.rawValue, attributes.seconds, attributes.nanoseconds), "set time", entry)
  }
}
