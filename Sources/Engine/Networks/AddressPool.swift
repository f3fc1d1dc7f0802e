import Addresses

/// Which subnet a network gets that asks for none: the first of Docker's default pools that nothing on this machine and
/// no other network overlaps.
enum AddressPool {
  private static let candidates: [IPNetwork] = {
    let large = (17...31).compactMap { IPNetwork("172.\($0).0.0/16") }
    let small = stride(from: 0, to: 256, by: 16).compactMap { IPNetwork("192.168.\($0).0/20") }
    return large + small
  }()

  static func choose(avoiding used: [IPNetwork]) throws(EngineError) -> IPNetwork {
    // The default route overlaps everything and says nothing about a subnet.
    let used = used.filter { $0.prefix > 0 }
    guard let free = candidates.first(where: { candidate in !used.contains { $0.overlaps(candidate) } }) else {
      throw EngineError(
        .full,
        "all predefined address pools have been fully subnetted: remove a network, or name a subnet with --subnet")
    }
    return free
  }

  /// The first address of a subnet, where Docker puts the gateway.
  static func gateway(of subnet: IPNetwork) -> String {
    let base = subnet.base.address
    return IPAddress(family: base.family, number: base.number + 1).description
  }
}
