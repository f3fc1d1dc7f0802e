internal import Glibc

/// A network in CIDR notation, to tell which addresses belong to it.
struct Subnet {
  private let bytes: [UInt8]
  private let prefix: Int

  init?(_ text: String) {
    guard let slash = text.firstIndex(of: "/"), let bytes = Self.address(String(text[..<slash])),
      let prefix = Int(text[text.index(after: slash)...]), (0...bytes.count * 8).contains(prefix)
    else { return nil }
    self.bytes = bytes
    self.prefix = prefix
  }

  /// Whether an address, or a network's address, lies within.
  func contains(_ text: String) -> Bool {
    guard let other = Self.address(String(text.prefix { $0 != "/" })), other.count == bytes.count else { return false }
    return (0..<prefix).allSatisfy { bit in
      let mask = UInt8(0x80) >> UInt8(bit % 8)
      return bytes[bit / 8] & mask == other[bit / 8] & mask
    }
  }

  private static func address(_ text: String) -> [UInt8]? {
    var v4 = in_addr()
    if inet_pton(AF_INET, text, &v4) == 1 { return withUnsafeBytes(of: v4) { Array($0) } }
    var v6 = in6_addr()
    if inet_pton(AF_INET6, text, &v6) == 1 { return withUnsafeBytes(of: v6) { Array($0) } }
    return nil
  }
}
