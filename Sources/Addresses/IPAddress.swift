/// An IPv4 or IPv6 address, as bytes in network order.
///
/// `IPAddress("10.1.2.3")`, `IPAddress("fd00::1")`. Text is strict: four decimal parts without leading zeros
/// (RFC 6943 §3.1.1: other readings of "010.0.0.1" differ between programs), RFC 4291 §2.2 for IPv6, no zone.
public struct IPAddress: Sendable, Hashable {
  public enum Family: Sendable, Hashable {
    case v4, v6
    /// Length in bits: 32 or 128.
    public var bits: Int { self == .v4 ? 32 : 128 }
  }

  /// Four or sixteen bytes.
  public let bytes: [UInt8]

  public var family: Family { bytes.count == 4 ? .v4 : .v6 }

  /// Nil unless there are four or sixteen bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  public init(v4 value: UInt32) {
    bytes = (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
  }

  public init?(_ text: some StringProtocol) {
    if text.utf8.contains(UInt8(ascii: ":")) {
      guard let bytes = Self.parseV6(String(text)) else { return nil }
      self.bytes = bytes
    } else {
      guard let bytes = Self.parseV4(text) else { return nil }
      self.bytes = bytes
    }
  }

  public static let anyV4 = IPAddress(v4: 0)
  public static let loopbackV4 = IPAddress(v4: 0x7F00_0001)

  /// The address as a number: the 32 bits of IPv4 or the 128 of IPv6.
  public var number: UInt128 { bytes.reduce(0) { $0 << 8 | UInt128($1) } }

  /// The address `offset` further on; nil past the end of the address space.
  public func advanced(by offset: UInt128) -> IPAddress? {
    let (sum, overflow) = number.addingReportingOverflow(offset)
    guard !overflow, family == .v6 || sum <= 0xFFFF_FFFF else { return nil }
    return IPAddress(family: family, number: sum)
  }

  /// The low `family.bits` of the number.
  public init(family: Family, number: UInt128) {
    let count = family.bits / 8
    bytes = (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt128(8 * (count - 1 - $0))) }
  }

  public var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }
  public var isLoopback: Bool { family == .v4 ? bytes[0] == 127 : number == 1 }

  private static func parseV4(_ text: some StringProtocol) -> [UInt8]? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard let first = part.first, part.count <= 3, part.allSatisfy({ (0x30...0x39).contains($0) }),
        part.count == 1 || first != 0x30
      else { return nil }
      let number = part.reduce(0) { $0 * 10 + Int($1 - 0x30) }
      guard number <= 255 else { return nil }
      bytes.append(UInt8(number))
    }
    return bytes
  }

  private static func parseV6(_ text: String) -> [UInt8]? {
    let halves = splitOnDoubleColon(text)
    guard halves.count <= 2 else { return nil }
    func groups(_ part: Substring, isLast: Bool) -> [UInt8]? {
      guard !part.isEmpty else { return [] }
      var bytes: [UInt8] = []
      let words = part.split(separator: ":", omittingEmptySubsequences: false)
      for (offset, word) in words.enumerated() {
        if word.contains(".") {
          guard isLast, offset == words.count - 1, let tail = parseV4(word) else { return nil }
          bytes += tail
        } else {
          guard (1...4).contains(word.count), word.allSatisfy(\.isHexDigit), let value = UInt16(word, radix: 16)
          else { return nil }
          bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
        }
      }
      return bytes
    }
    guard let head = groups(halves[0], isLast: halves.count == 1) else { return nil }
    if halves.count == 1 { return head.count == 16 ? head : nil }
    guard let tail = groups(halves[1], isLast: true), head.count + tail.count <= 14 else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  private static func splitOnDoubleColon(_ text: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = text[...]
    var cursor = rest.startIndex
    while cursor < rest.endIndex {
      let next = rest.index(after: cursor)
      if rest[cursor] == ":", next < rest.endIndex, rest[next] == ":" {
        parts.append(rest[..<cursor])
        rest = rest[rest.index(after: next)...]
        cursor = rest.startIndex
      } else {
        cursor = next
      }
    }
    return parts + [rest]
  }
}

extension IPAddress: CustomStringConvertible {
  /// Canonical text: dotted decimal, or RFC 5952.
  public var description: String {
    guard family == .v6 else { return bytes.map(String.init).joined(separator: ".") }
    let words = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    var best = 0..<0
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, words[end] == 0 { end += 1 }
      if end - start > best.count, end - start > 1 { best = start..<end }
      start = max(end, start + 1)
    }
    func text(_ range: Range<Int>) -> String {
      words[range].map { String($0, radix: 16) }.joined(separator: ":")
    }
    return best.isEmpty ? text(0..<8) : "\(text(0..<best.lowerBound))::\(text(best.upperBound..<8))"
  }
}

extension IPAddress: Comparable {
  /// IPv4 before IPv6, then by number.
  public static func < (left: IPAddress, right: IPAddress) -> Bool {
    (left.bytes.count, left.number) < (right.bytes.count, right.number)
  }
}
