public import Addresses

/// A permanent neighbour (ARP, NDP), or an entry of a forwarding database.
public struct Neighbour: Sendable, Hashable {
  public var link: Int32
  /// The neighbour's address; for a vxlan's forwarding entry the far end; nil for a bridge port's.
  public var address: IPAddress?
  public var mac: MACAddress
  public var isPermanent: Bool

  public init(link: Int32, address: IPAddress?, mac: MACAddress, isPermanent: Bool = true) {
    self.link = link
    self.address = address
    self.mac = mac
    self.isPermanent = isPermanent
  }

  init?(_ reply: NetlinkReply) {
    guard reply.type == RT.newNeighbour, let link = reply.payload.native(Int32.self, at: 4),
      let state = reply.payload.native(UInt16.self, at: 8)
    else { return nil }
    let attributes = reply.attributes(after: 12)
    guard let mac = attributes[RT.neighbourLinkAddress].flatMap({ MACAddress(bytes: Array($0.payload)) })
    else { return nil }
    self.link = link
    self.mac = mac
    address = attributes[RT.neighbourDestination].flatMap { IPAddress(bytes: Array($0.payload)) }
    isPermanent = state & RT.neighbourPermanent != 0
  }
}

extension NetlinkSocket {
  /// `struct ndmsg`.
  private static func header(_ family: UInt8, _ link: Int32, state: UInt16, flags: UInt8) -> [UInt8] {
    [family, 0, 0, 0] + nativeBytes(link) + nativeBytes(state) + [flags, 0]
  }

  private static func neighbour(_ type: UInt16, flags: UInt16, _ entry: Neighbour) -> NetlinkMessage {
    let family = entry.address?.family == .v6 ? AF.inet6 : AF.inet
    var message = NetlinkMessage(
      type: type, flags: flags, fixed: header(family, entry.link, state: RT.neighbourPermanent, flags: 0))
    if let address = entry.address { message.attribute(RT.neighbourDestination, address.bytes) }
    message.attribute(RT.neighbourLinkAddress, entry.mac.bytes)
    return message
  }

  private static func forwarding(_ type: UInt16, flags: UInt16, _ entry: Neighbour) -> NetlinkMessage {
    let at = entry.address == nil ? RT.neighbourMaster : RT.neighbourSelf
    var message = NetlinkMessage(
      type: type, flags: flags, fixed: header(AF.bridge, entry.link, state: RT.neighbourPermanent, flags: at))
    message.attribute(RT.neighbourLinkAddress, entry.mac.bytes)
    if let address = entry.address { message.attribute(RT.neighbourDestination, address.bytes) }
    return message
  }

  /// Adds a permanent neighbour; `EEXIST` when the address has one.
  public func addNeighbour(_ entry: Neighbour) throws(NetlinkError) {
    try exchange(Self.neighbour(RT.newNeighbour, flags: NL.create | NL.exclusive, entry), "add neighbour \(entry.mac)")
  }

  public func removeNeighbour(_ entry: Neighbour) throws(NetlinkError) {
    try exchange(Self.neighbour(RT.deleteNeighbour, flags: 0, entry), "remove neighbour \(entry.mac)")
  }

  public func neighbours(_ family: IPAddress.Family = .v4) throws(NetlinkError) -> [Neighbour] {
    let header = Self.header(family == .v4 ? AF.inet : AF.inet6, 0, state: 0, flags: 0)
    return try exchange(NetlinkMessage(type: RT.getNeighbour, flags: NL.dump, fixed: header), "list neighbours")
      .compactMap(Neighbour.init)
  }

  /// Adds a forwarding entry: of a vxlan when it has an address, else of a bridge's port.
  public func addForwarding(_ entry: Neighbour) throws(NetlinkError) {
    // A vxlan keeps several far ends for the all-zero address, so there entries are appended.
    let flags = entry.mac.bytes.allSatisfy { $0 == 0 } ? NL.create | NL.append : NL.create | NL.exclusive
    try exchange(Self.forwarding(RT.newNeighbour, flags: flags, entry), "add forwarding entry \(entry.mac)")
  }

  public func removeForwarding(_ entry: Neighbour) throws(NetlinkError) {
    try exchange(Self.forwarding(RT.deleteNeighbour, flags: 0, entry), "remove forwarding entry \(entry.mac)")
  }

  public func forwardings() throws(NetlinkError) -> [Neighbour] {
    let header = [AF.bridge] + [UInt8](repeating: 0, count: 11)
    return try exchange(NetlinkMessage(type: RT.getNeighbour, flags: NL.dump, fixed: header), "list forwarding entries")
      .compactMap(Neighbour.init)
  }
}
