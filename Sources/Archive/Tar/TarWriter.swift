/// Writes a tar archive: ustar headers, with a pax header before them where a value does not fit.
///
/// ```
/// var writer = TarWriter { bytes in … }
/// try writer.begin(entry); try writer.content(bytes); try writer.finish()
/// ```
///
/// The same entries make the same bytes.
public struct TarWriter: ~Copyable {
  public typealias Output = (UnsafeRawBufferPointer) throws(ArchiveError) -> Void

  private let output: Output
  private var remaining: Int64 = 0
  private var padding = 0
  private var path: [UInt8] = []

  public init(output: @escaping Output) { self.output = output }

  /// Writes the headers of an entry; a file's `size` bytes of content follow.
  public mutating func begin(_ entry: TarEntry) throws(ArchiveError) {
    try closeEntry()
    let records = Self.paxRecords(entry)
    if !records.isEmpty {
      var header = Self.header(
        TarEntry(kind: .file, path: Array("PaxHeaders.0/entry".utf8), size: Int64(records.count)))
      header[156] = UInt8(ascii: "x")
      Self.sign(&header)
      try write(header)
      try write(records)
      try write([UInt8](repeating: 0, count: Self.padding(Int64(records.count))))
    }
    var header = Self.header(entry)
    Self.sign(&header)
    try write(header)
    path = entry.path
    remaining = entry.kind == .file ? entry.size : 0
    padding = Self.padding(remaining)
  }

  public mutating func content(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    guard Int64(bytes.count) <= remaining else {
      throw ArchiveError(.malformed, "more content than the entry declares", path: path)
    }
    remaining -= Int64(bytes.count)
    if !bytes.isEmpty { try output(bytes) }
  }

  /// Writes the end of the archive.
  public mutating func finish() throws(ArchiveError) {
    try closeEntry()
    try write([UInt8](repeating: 0, count: 2 * TarHeader.size))
  }

  private mutating func closeEntry() throws(ArchiveError) {
    guard remaining == 0 else {
      throw ArchiveError(.truncated, "\(remaining) bytes of content are missing", path: path)
    }
    if padding > 0 { try write([UInt8](repeating: 0, count: padding)) }
    padding = 0
  }

  private func write(_ bytes: [UInt8]) throws(ArchiveError) {
    guard !bytes.isEmpty else { return }
    try bytes.withRawBytes { (bytes) throws(ArchiveError) in try output(bytes) }
  }

  private static func padding(_ size: Int64) -> Int { Int((512 - size % 512) % 512) }

  // MARK: - Headers

  private static let largestOctal7: UInt32 = 0o7777777
  private static let largestOctal11: Int64 = 0o77777777777

  private static func header(_ entry: TarEntry) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: TarHeader.size)
    let path = entry.archivePath
    if path.count <= 100 {
      put(path, in: &header, at: 0)
    } else if let split = ustarSplit(path) {
      put(Array(path[..<split]), in: &header, at: 345)
      put(Array(path[(split + 1)...]), in: &header, at: 0)
    } else {
      put(Array(path.prefix(100)), in: &header, at: 0)
    }
    put(Array(entry.linkTarget.prefix(100)), in: &header, at: 157)
    octal(UInt64(entry.mode & 0o7777), digits: 7, in: &header, at: 100)
    octal(entry.uid <= largestOctal7 ? UInt64(entry.uid) : 0, digits: 7, in: &header, at: 108)
    octal(entry.gid <= largestOctal7 ? UInt64(entry.gid) : 0, digits: 7, in: &header, at: 116)
    let size = entry.kind == .file && entry.size <= largestOctal11 ? entry.size : 0
    octal(UInt64(size), digits: 11, in: &header, at: 124)
    let modified = entry.modifiedSeconds
    octal((0...largestOctal11).contains(modified) ? UInt64(modified) : 0, digits: 11, in: &header, at: 136)
    header[156] =
      switch entry.kind {
      case .file: UInt8(ascii: "0")
      case .hardLink: UInt8(ascii: "1")
      case .symbolicLink: UInt8(ascii: "2")
      case .characterDevice: UInt8(ascii: "3")
      case .blockDevice: UInt8(ascii: "4")
      case .directory: UInt8(ascii: "5")
      case .fifo: UInt8(ascii: "6")
      }
    put(Array("ustar\u{0}00".utf8), in: &header, at: 257)
    octal(UInt64(entry.deviceMajor & 0o7777777), digits: 7, in: &header, at: 329)
    octal(UInt64(entry.deviceMinor & 0o7777777), digits: 7, in: &header, at: 337)
    return header
  }

  private static func sign(_ header: inout [UInt8]) {
    for index in 148..<156 { header[index] = 0x20 }
    let sum = header.reduce(UInt64(0)) { $0 + UInt64($1) }
    octal(sum, digits: 6, in: &header, at: 148)
    header[154] = 0
    header[155] = 0x20
  }

  private static func put(_ bytes: [UInt8], in header: inout [UInt8], at offset: Int) {
    header.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
  }

  private static func octal(_ value: UInt64, digits: Int, in header: inout [UInt8], at offset: Int) {
    var rest = value
    for index in stride(from: digits - 1, through: 0, by: -1) {
      header[offset + index] = UInt8(0x30 + rest & 7)
      rest >>= 3
    }
    header[offset + digits] = 0
  }

  /// Where to cut a long path: the prefix holds 155 bytes, the name 100.
  private static func ustarSplit(_ path: [UInt8]) -> Int? {
    guard path.count <= 256 else { return nil }
    let slash = UInt8(ascii: "/")
    return path.indices.first { path[$0] == slash && $0 > 0 && $0 <= 155 && (1...100).contains(path.count - $0 - 1) }
  }

  private static func paxRecords(_ entry: TarEntry) -> [UInt8] {
    var records: [UInt8] = []
    func add(_ key: String, _ value: [UInt8]) {
      let body = [0x20] + Array(key.utf8) + [UInt8(ascii: "=")] + value + [0x0a]
      var length = body.count + 1
      while String(length).utf8.count + body.count != length { length = String(length).utf8.count + body.count }
      records += Array(String(length).utf8) + body
    }
    let path = entry.archivePath
    if path.count > 100, ustarSplit(path) == nil { add("path", path) }
    if entry.linkTarget.count > 100 { add("linkpath", entry.linkTarget) }
    if entry.uid > largestOctal7 { add("uid", Array(String(entry.uid).utf8)) }
    if entry.gid > largestOctal7 { add("gid", Array(String(entry.gid).utf8)) }
    if entry.kind == .file, entry.size > largestOctal11 { add("size", Array(String(entry.size).utf8)) }
    if !(0...largestOctal11).contains(entry.modifiedSeconds) || entry.modifiedNanoseconds != 0 {
      add("mtime", Array(time(entry.modifiedSeconds, entry.modifiedNanoseconds).utf8))
    }
    for attribute in entry.extendedAttributes.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
      add("SCHILY.xattr." + String(decoding: attribute.name, as: UTF8.self), attribute.value)
    }
    return records
  }

  private static func time(_ seconds: Int64, _ nanoseconds: Int64) -> String {
    guard nanoseconds != 0 else { return "\(seconds)" }
    let isNegative = seconds < 0
    let whole = isNegative ? -(seconds + 1) : seconds
    let digits = String(isNegative ? 1_000_000_000 - nanoseconds : nanoseconds)
    return (isNegative ? "-" : "") + "\(whole)." + String(repeating: "0", count: 9 - digits.utf8.count) + digits
  }
}

extension TarEntry {
  /// As written to an archive: a directory ends in a slash.
  fileprivate var archivePath: [UInt8] {
    kind == .directory && path.last != UInt8(ascii: "/") ? path + [UInt8(ascii: "/")] : path
  }
}
