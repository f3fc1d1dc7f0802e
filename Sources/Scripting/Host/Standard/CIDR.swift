/// An address of IPv4 or IPv6, with or without a prefix length.
struct CIDR: Hashable, CustomStringConvertible {
  var bits: UInt128
  var isIPv6: Bool
  var prefix: Int

  private var width: Int { isIPv6 ? 128 : 32 }
  private var mask: UInt128 {
    let host = width - prefix
    let all: UInt128 = isIPv6 ? .max : 0xffff_ffff
    return host >= 128 ? 0 : (all >> UInt128(host)) << UInt128(host)
  }
  private var all: UInt128 { isIPv6 ? .max : 0xffff_ffff }

  /// "10.0.0.7/24", "fd00::1", "10.0.0.7".
  init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first else { return nil }
    if first.contains(":") {
      guard let bits = Self.parseIPv6(String(first)) else { return nil }
      self.bits = bits
      isIPv6 = true
    } else {
      guard let bits = Self.parseIPv4(first) else { return nil }
      self.bits = bits
      isIPv6 = false
    }
    prefix = isIPv6 ? 128 : 32
    if parts.count == 2 {
      guard let length = Int(parts[1]), parts[1].allSatisfy(\.isNumber), (0...width).contains(length) else {
        return nil
      }
      prefix = length
    }
  }

  private init(bits: UInt128, isIPv6: Bool, prefix: Int) {
    self.bits = bits
    self.isIPv6 = isIPv6
    self.prefix = prefix
  }

  private static func parseIPv4(_ text: Substring) -> UInt128? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt128 = 0
    for part in parts {
      guard let byte = UInt8(part), part.count <= 3, part.count == 1 || part.first != "0" else { return nil }
      bits = bits << 8 | UInt128(byte)
    }
    return bits
  }

  private static func parseIPv6(_ text: String) -> UInt128? {
    func groups(_ text: Substring) -> [UInt16]? {
      if text.isEmpty { return [] }
      var list: [UInt16] = []
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      for (index, part) in parts.enumerated() {
        if part.contains("."), index == parts.count - 1, let four = parseIPv4(part) {
          list.append(UInt16(truncatingIfNeeded: four >> 16))
          list.append(UInt16(truncatingIfNeeded: four))
        } else {
          guard (1...4).contains(part.count), let group = UInt16(part, radix: 16) else { return nil }
          list.append(group)
        }
      }
      return list
    }
    var list: [UInt16]
    if let gap = text.firstRange(of: "::") {
      guard let left = groups(text[..<gap.lowerBound]), let right = groups(text[gap.upperBound...]),
        left.count + right.count < 8
      else { return nil }
      list = left + [UInt16](repeating: 0, count: 8 - left.count - right.count) + right
    } else {
      guard let whole = groups(Substring(text)) else { return nil }
      list = whole
    }
    guard list.count == 8 else { return nil }
    return list.reduce(0) { $0 << 16 | UInt128($1) }
  }

  var network: CIDR { CIDR(bits: bits & mask, isIPv6: isIPv6, prefix: prefix) }
  var broadcast: CIDR { CIDR(bits: bits | (all & ~mask), isIPv6: isIPv6, prefix: prefix) }

  func contains(_ other: CIDR) -> Bool {
    isIPv6 == other.isIPv6 && prefix <= other.prefix && bits & mask == other.bits & mask
  }

  func overlaps(_ other: CIDR) -> Bool { contains(other) || other.contains(self) }

  /// The address at a distance from the network's own; nil outside.
  func nth(_ index: Int64) -> CIDR? {
    let host = all & ~mask
    guard index >= 0, UInt128(index) <= host else { return nil }
    return CIDR(bits: (bits & mask) + UInt128(index), isIPv6: isIPv6, prefix: prefix)
  }

  /// The first address of `range` (the whole subnet when nil) that a host may have and nobody has.
  func free(taken: Set<UInt128>, range: CIDR?) -> CIDR? {
    let within = range ?? self
    guard within.isIPv6 == isIPv6, contains(within) || within == self else { return nil }
    var candidate = within.bits & within.mask
    let last = within.bits | (all & ~within.mask)
    let isPointToPoint = width - prefix <= 1
    while true {
      let isReserved = !isPointToPoint && (candidate == bits & mask || (!isIPv6 && candidate == bits | (all & ~mask)))
      if !isReserved && !taken.contains(candidate) { return CIDR(bits: candidate, isIPv6: isIPv6, prefix: prefix) }
      if candidate == last { return nil }
      candidate += 1
    }
  }

  var address: String {
    if !isIPv6 {
      return (0..<4).reversed().map { String(UInt8(truncatingIfNeeded: bits >> UInt128(8 * $0))) }
        .joined(separator: ".")
    }
    let groups = (0..<8).reversed().map { UInt16(truncatingIfNeeded: bits >> UInt128(16 * $0)) }
    // RFC 5952: the longest run of at least two zero groups becomes "::".
    var best = 0..<0
    var start = 0
    while start < 8 {
      guard groups[start] == 0 else {
        start += 1
        continue
      }
      var end = start
      while end < 8, groups[end] == 0 { end += 1 }
      if end - start > max(1, best.count) { best = start..<end }
      start = end
    }
    func text(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
    return best.isEmpty ? text(groups[...]) : text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
  }

  var description: String { "\(address)/\(prefix)" }
}
