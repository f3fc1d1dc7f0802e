/// The fixed 512 bytes before every entry: POSIX.1-2017 pax, "ustar Interchange Format", and GNU tar's variant.
struct TarHeader {
  static let size = 512

  enum Format { case v7, ustar, gnu, star }

  var format: Format
  var type: UInt8
  var path: [UInt8]
  var linkTarget: [UInt8]
  var mode: UInt32
  var uid: Int64
  var gid: Int64
  var size: Int64
  var modified: Int64
  var deviceMajor: UInt32
  var deviceMinor: UInt32

  /// Nil for a block of zeros.
  init?(_ block: UnsafeRawBufferPointer) throws(ArchiveError) {
    guard block.contains(where: { $0 != 0 }) else { return nil }
    try Self.verifyChecksum(block)
    format = Self.format(of: block)
    type = block[156]
    path = Self.text(block, 0, 100)
    linkTarget = Self.text(block, 157, 100)
    mode = UInt32(truncatingIfNeeded: try Self.number(block, 100, 8)) & 0o7777
    uid = try Self.number(block, 108, 8)
    gid = try Self.number(block, 116, 8)
    size = try Self.number(block, 124, 12)
    modified = try Self.number(block, 136, 12)
    guard size >= 0 else { throw ArchiveError(.malformed, "the size is negative", path: path) }
    if format == .v7 {
      deviceMajor = 0
      deviceMinor = 0
    } else {
      deviceMajor = UInt32(truncatingIfNeeded: try Self.number(block, 329, 8))
      deviceMinor = UInt32(truncatingIfNeeded: try Self.number(block, 337, 8))
    }
    let prefix: [UInt8] =
      switch format {
      case .ustar: Self.text(block, 345, 155)
      case .star: Self.text(block, 345, 131)
      case .v7, .gnu: []
      }
    if !prefix.isEmpty { path = prefix + [UInt8(ascii: "/")] + path }
  }

  private static func format(of block: UnsafeRawBufferPointer) -> Format {
    if block[257..<263].elementsEqual("ustar\0".utf8) {
      return block[508..<512].elementsEqual("tar\0".utf8) ? .star : .ustar
    }
    return block[257..<265].elementsEqual("ustar  \0".utf8) ? .gnu : .v7
  }

  /// The sum over the header with the sum's own field as spaces; old programs summed signed bytes.
  private static func verifyChecksum(_ block: UnsafeRawBufferPointer) throws(ArchiveError) {
    let notTar = ArchiveError(.malformed, "this is not a tar archive: a header's checksum is wrong")
    guard let expected = try? number(block, 148, 8) else { throw notTar }
    var unsigned: Int64 = 0
    var signed: Int64 = 0
    for index in 0..<size {
      let byte = (148..<156).contains(index) ? 0x20 : block[index]
      unsigned += Int64(byte)
      signed += Int64(Int8(bitPattern: byte))
    }
    guard expected == unsigned || expected == signed else {
      throw notTar
    }
  }

  /// Bytes up to the first NUL.
  static func text(_ block: UnsafeRawBufferPointer, _ offset: Int, _ length: Int) -> [UInt8] {
    Array(block[offset..<(offset + length)].prefix { $0 != 0 })
  }

  /// Octal text, or GNU's base-256 (first bit set; two's complement, big endian).
  static func number(_ block: UnsafeRawBufferPointer, _ offset: Int, _ length: Int) throws(ArchiveError) -> Int64 {
    let field = block[offset..<(offset + length)]
    if block[offset] & 0x80 != 0 {
      let isNegative = block[offset] & 0x40 != 0
      var value: UInt64 = isNegative ? .max : 0
      for (index, byte) in field.enumerated() {
        let digit = index == 0 ? (isNegative ? byte | 0x80 : byte & 0x7f) : byte
        let dropped = value >> 56
        guard dropped == (isNegative ? 0xff : 0) else { throw ArchiveError(.malformed, "a number is too large") }
        value = value << 8 | UInt64(digit)
      }
      let result = Int64(bitPattern: value)
      guard (result < 0) == isNegative else { throw ArchiveError(.malformed, "a number is too large") }
      return result
    }
    var value: Int64 = 0
    var rest = field.drop { $0 == 0x20 || $0 == 0 }
    while let last = rest.last, last == 0x20 || last == 0 { rest = rest.dropLast() }
    for byte in rest.prefix(while: { $0 != 0 }) {
      guard (0x30...0x37).contains(byte) else { throw ArchiveError(.malformed, "a number is not octal") }
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 8)
      guard !overflow else { throw ArchiveError(.malformed, "a number is too large") }
      value = shifted | Int64(byte - 0x30)
    }
    return value
  }
}
