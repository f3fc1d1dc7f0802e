/// How a stream is compressed, told by its first bytes.
public enum Compression: String, Sendable, Hashable {
  case none, gzip, zstd

  /// Bytes needed to tell.
  static let magicLength = 4

  /// Recognises gzip (RFC 1952) and zstd (RFC 8878, skippable frames too); other compressors are named and refused.
  static func detect(_ start: [UInt8]) throws(ArchiveError) -> Compression {
    if start.starts(with: [0x1f, 0x8b]) { return .gzip }
    if start.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) { return .zstd }
    if start.count >= 4, start[0] & 0xf0 == 0x50, start[1...3].elementsEqual([0x2a, 0x4d, 0x18]) { return .zstd }
    let others: [(name: String, magic: [UInt8])] = [
      ("xz", [0xfd, 0x37, 0x7a, 0x58]), ("bzip2", Array("BZh".utf8)), ("lz4", [0x04, 0x22, 0x4d, 0x18]),
      ("compress", [0x1f, 0x9d]), ("lzip", Array("LZIP".utf8)), ("zip", Array("PK".utf8) + [3, 4]),
    ]
    for other in others where start.starts(with: other.magic) {
      throw ArchiveError(
        .unsupported, "\(other.name) compression is not supported: use a plain, gzip or zstd compressed tar")
    }
    return .none
  }
}
