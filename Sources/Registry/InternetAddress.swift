internal import Glibc

/// An IPv4 or IPv6 address in network byte order.
struct InternetAddress: Hashable {
  var bytes: [UInt8]

  static let loopbackNetworks = ["127.0.0.0/8", "::1/128"].compactMap(InternetNetwork.init)

  init?(_ text: String) {
    var v4 = in_addr()
    if inet_pton(AF_INET, text, &v4) == 1 {
      bytes = withUnsafeBytes(of: v4) { Array($0) }
      return
    }
    var v6 = in6_addr()
    guard inet_pton(AF_INET6, text, &v6) == 1 else { return nil }
    bytes = withUnsafeBytes(of: v6) { Array($0) }
  }
}

/// A network in CIDR notation: `10.1.0.0/16`.
struct InternetNetwork {
  var address: InternetAddress
  var prefix: Int

  init?(_ text: String) {
    guard let slash = text.lastIndex(of: "/"), let address = InternetAddress(String(text[..<slash])),
      let prefix = Int(text[text.index(after: slash)...]), (0...address.bytes.count * 8).contains(prefix)
    else { return nil }
    self.address = address
    self.prefix = prefix
  }

  func contains(_ other: InternetAddress) -> Bool {
    guard other.bytes.count == address.bytes.count else { return false }
    for (index, (mine, theirs)) in zip(address.bytes, other.bytes).enumerated() {
      let bits = min(8, prefix - index * 8)
      guard bits > 0 else { return true }
      let mask = UInt8(truncatingIfNeeded: 0xff00 >> bits)
      guard mine & mask == theirs & mask else { return false }
    }
    return true
  }
}
