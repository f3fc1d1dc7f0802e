public import Addresses

/// An address of an interface.
public struct InterfaceAddress: Sendable, Hashable {
  public var address: IPNetwork
  public var link: Int32

  init?(_ reply: NetlinkReply) {
    guard reply.type == RT.newAddress, reply.payload.count >= 8, let link = reply.payload.native(Int32.self, at: 4)
    else { return nil }
    let attributes = reply.attributes(after: 8)
    guard let bytes = (attributes[RT.addressLocal] ?? attributes[RT.addressAddress])?.payload,
      let address = IPAddress(bytes: Array(bytes)),
      let network = IPNetwork(address, prefix: Int(reply.payload[1]))
    else { return nil }
    self.address = network
    self.link = link
  }
}

extension NetlinkSocket {
  private static func message(_ type: UInt16, flags: UInt16, _ address: IPNetwork, _ link: Int32) -> NetlinkMessage {
    let family = address.address.family == .v4 ? AF.inet : AF.inet6
    let noDetection = family == AF.inet6 ? RT.addressNoDuplicateDetection : 0
    var message = NetlinkMessage(
      type: type, flags: flags,
      fixed: [family, UInt8(address.prefix), noDetection, RT.scopeUniverse] + nativeBytes(link))
    message.attribute(RT.addressLocal, address.address.bytes)
    message.attribute(RT.addressAddress, address.address.bytes)
    if family == AF.inet, address.prefix < 31, type == RT.newAddress {
      message.attribute(RT.addressBroadcast, address.last.bytes)
    }
    return message
  }

  /// Gives an interface an address (with prefix length), IPv6 without duplicate detection. `EEXIST` when it has it.
  public func addAddress(_ address: IPNetwork, to link: Int32) throws(NetlinkError) {
    try exchange(
      Self.message(RT.newAddress, flags: NL.create | NL.exclusive, address, link), "add address \(address)")
  }

  /// `EADDRNOTAVAIL` when the interface does not have it.
  public func removeAddress(_ address: IPNetwork, from link: Int32) throws(NetlinkError) {
    try exchange(Self.message(RT.deleteAddress, flags: 0, address, link), "remove address \(address)")
  }

  /// All addresses, or those of one interface.
  public func addresses(of link: Int32? = nil) throws(NetlinkError) -> [InterfaceAddress] {
    try exchange(
      NetlinkMessage(type: RT.getAddress, flags: NL.dump, fixed: [0, 0, 0, 0] + nativeBytes(link ?? 0)),
      "list addresses"
    ).compactMap(InterfaceAddress.init).filter { link == nil || $0.link == link }
  }
}
