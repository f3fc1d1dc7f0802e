/// An Ethernet address: `02:42:ac:11:00:02`.
public struct MACAddress: Sendable, Hashable {
  /// Six bytes.
  public let bytes: [UInt8]

  /// Nil unless there are six bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 6 else { return nil }
    self.bytes = bytes
  }

  /// Six hexadecimal pairs between colons or hyphens.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: text.contains("-") ? "-" : ":", omittingEmptySubsequences: false)
    guard parts.count == 6, parts.allSatisfy({ $0.count == 2 && $0.allSatisfy(\.isHexDigit) }) else { return nil }
    self.init(bytes: parts.compactMap { UInt8($0, radix: 16) })
  }

  /// A locally administered unicast address that follows from an IPv4 address: `02:42` and its bytes, as Docker does
  /// it, so that neighbours' caches stay right when an address comes back. For IPv6 the last four bytes.
  public init(derivedFrom address: IPAddress) { bytes = [0x02, 0x42] + address.bytes.suffix(4) }

  public var isMulticast: Bool { bytes[0] & 1 == 1 }
}

extension MACAddress: CustomStringConvertible {
  public var description: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}
