/// The records of a pax extended header, `LENGTH KEY=VALUE\n` each (POSIX.1-2017 pax, "pax Extended Header").
struct PaxRecords {
  var path: [UInt8]?
  var linkPath: [UInt8]?
  var size: Int64?
  var uid: Int64?
  var gid: Int64?
  var modified: (seconds: Int64, nanoseconds: Int64)?
  var extendedAttributes: [TarEntry.ExtendedAttribute] = []
  var sparse = Sparse()

  /// GNU tar's three generations of sparse files in pax archives (tar manual, "Storing Sparse Files").
  struct Sparse {
    var major: Int64?
    var minor: Int64?
    var name: [UInt8]?
    var realSize: Int64?
    /// Offsets and counts in turn, of the formats 0.0 and 0.1.
    var map: [Int64]?
    /// Format 1.0: the map stands before the content.
    var mapIsInContent: Bool { major == 1 && minor == 0 }
    var isSparse: Bool { mapIsInContent || map != nil }
  }

  static let attributePrefix = Array("SCHILY.xattr.".utf8)

  mutating func parse(_ bytes: [UInt8]) throws(ArchiveError) {
    var position = 0
    while position < bytes.count {
      guard bytes[position] != 0 else {
        guard bytes[position...].allSatisfy({ $0 == 0 }) else { throw Self.malformed }
        return
      }
      var length = 0
      var cursor = position
      while cursor < bytes.count, (0x30...0x39).contains(bytes[cursor]), cursor - position < 10 {
        length = length * 10 + Int(bytes[cursor] - 0x30)
        cursor += 1
      }
      guard cursor > position, cursor < bytes.count, bytes[cursor] == 0x20 else { throw Self.malformed }
      let end = position + length
      guard length > 0, end <= bytes.count, end - 1 > cursor, bytes[end - 1] == 0x0a else { throw Self.malformed }
      let record = bytes[(cursor + 1)..<(end - 1)]
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")), equals > record.startIndex else {
        throw Self.malformed
      }
      try set(Array(record[..<equals]), Array(record[(equals + 1)...]))
      position = end
    }
  }

  private static let malformed = ArchiveError(.malformed, "an extended header is malformed")

  private mutating func set(_ key: [UInt8], _ value: [UInt8]) throws(ArchiveError) {
    if key.starts(with: Self.attributePrefix) {
      let name = Array(key[Self.attributePrefix.count...])
      guard !name.isEmpty, !name.contains(0) else { throw Self.malformed }
      extendedAttributes.removeAll { $0.name == name }
      extendedAttributes.append(TarEntry.ExtendedAttribute(name: name, value: value))
      return
    }
    // An empty value takes the record back: the fixed header's value counts.
    switch String(decoding: key, as: UTF8.self) {
    case "path": path = try Self.name(value)
    case "linkpath": linkPath = try Self.name(value)
    case "size": size = try Self.unsigned(value)
    case "uid": uid = try Self.unsigned(value)
    case "gid": gid = try Self.unsigned(value)
    case "mtime": modified = try value.isEmpty ? nil : Self.time(value)
    case "GNU.sparse.major": sparse.major = try Self.unsigned(value)
    case "GNU.sparse.minor": sparse.minor = try Self.unsigned(value)
    case "GNU.sparse.name": sparse.name = try Self.name(value)
    case "GNU.sparse.realsize", "GNU.sparse.size": sparse.realSize = try Self.unsigned(value)
    case "GNU.sparse.offset", "GNU.sparse.numbytes":
      guard let number = try Self.unsigned(value) else { throw Self.malformed }
      let isOffset = key.last == UInt8(ascii: "t")
      guard (sparse.map?.count ?? 0).isMultiple(of: 2) == isOffset else { throw Self.malformed }
      sparse.map = (sparse.map ?? []) + [number]
    case "GNU.sparse.map":
      var numbers: [Int64] = []
      for part in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) where !value.isEmpty {
        guard let number = try Self.unsigned(Array(part)) else { throw Self.malformed }
        numbers.append(number)
      }
      sparse.map = numbers
    default: break
    }
  }

  private static func name(_ value: [UInt8]) throws(ArchiveError) -> [UInt8]? {
    guard !value.contains(0) else { throw ArchiveError(.malformed, "a name contains a NUL byte") }
    return value.isEmpty ? nil : value
  }

  /// Decimal digits; nil when empty.
  private static func unsigned(_ value: [UInt8]) throws(ArchiveError) -> Int64? {
    if value.isEmpty { return nil }
    return try unsigned(value[...])
  }

  private static func unsigned(_ value: ArraySlice<UInt8>) throws(ArchiveError) -> Int64 {
    guard !value.isEmpty, value.count <= 19 else { throw malformed }
    var result: Int64 = 0
    for byte in value {
      guard (0x30...0x39).contains(byte) else { throw malformed }
      let (product, first) = result.multipliedReportingOverflow(by: 10)
      let (sum, second) = product.addingReportingOverflow(Int64(byte - 0x30))
      guard !first, !second else { throw malformed }
      result = sum
    }
    return result
  }

  /// `-12.5`: seconds since 1970 with any number of decimals; beyond nine they are cut off.
  private static func time(_ value: [UInt8]) throws(ArchiveError) -> (seconds: Int64, nanoseconds: Int64) {
    let isNegative = value.first == UInt8(ascii: "-")
    let digits = isNegative ? value.dropFirst() : value[...]
    let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first else { throw malformed }
    let seconds = whole.isEmpty ? 0 : try unsigned(whole)
    var nanoseconds: Int64 = 0
    if parts.count == 2 {
      var scale: Int64 = 100_000_000
      for byte in parts[1] {
        guard (0x30...0x39).contains(byte) else { throw malformed }
        nanoseconds += Int64(byte - 0x30) * scale
        scale /= 10
      }
    }
    guard isNegative else { return (seconds, nanoseconds) }
    return nanoseconds == 0 ? (-seconds, 0) : (-seconds - 1, 1_000_000_000 - nanoseconds)
  }
}
