/// An address with the length of its network's prefix: `10.1.0.5/16`.
///
/// The host part is kept, so that one value says "this address, in this network" (an interface's address) as well as
/// "this network" (a subnet); `base` clears it.
public struct IPNetwork: Sendable, Hashable {
  public let address: IPAddress
  /// 0...32 or 0...128.
  public let prefix: Int

  /// Nil when the prefix is longer than the address.
  public init?(_ address: IPAddress, prefix: Int) {
    guard (0...address.family.bits).contains(prefix) else { return nil }
    self.address = address
    self.prefix = prefix
  }

  /// CIDR text (RFC 4632 §3.1); the prefix is required, without leading zeros.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(parts[0]), let prefix = UInt8(parts[1]),
      String(prefix) == parts[1]
    else { return nil }
    self.init(address, prefix: Int(prefix))
  }

  private var mask: UInt128 {
    let bits = address.family.bits
    let ones: UInt128 = bits == 128 ? .max : (1 << UInt128(bits)) - 1
    return prefix == 0 ? 0 : ones << UInt128(bits - prefix) & ones
  }

  /// The network without a host part: `10.1.0.5/16` → `10.1.0.0/16`.
  public var base: IPNetwork {
    IPNetwork(unchecked: IPAddress(family: address.family, number: address.number & mask), prefix: prefix)
  }

  /// The last address, for IPv4 the broadcast address.
  public var last: IPAddress {
    let bits = address.family.bits
    let ones: UInt128 = bits == 128 ? .max : (1 << UInt128(bits)) - 1
    return IPAddress(family: address.family, number: address.number & mask | (ones & ~mask))
  }

  private init(unchecked address: IPAddress, prefix: Int) {
    self.address = address
    self.prefix = prefix
  }

  /// How many addresses the network has; the largest number where it is the whole of IPv6.
  public var size: UInt128 {
    let host = address.family.bits - prefix
    return host == 128 ? .max : 1 << UInt128(host)
  }

  public func contains(_ other: IPAddress) -> Bool {
    other.family == address.family && other.number & mask == address.number & mask
  }

  public func contains(_ other: IPNetwork) -> Bool { other.prefix >= prefix && contains(other.address) }

  public func overlaps(_ other: IPNetwork) -> Bool { contains(other.address) || other.contains(address) }
}

extension IPNetwork: CustomStringConvertible {
  public var description: String { "\(address)/\(prefix)" }
}
