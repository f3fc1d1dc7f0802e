public import Addresses

/// A unicast route of the main table.
public struct Route: Sendable, Hashable {
  /// `0.0.0.0/0` or `::/0` for the default route.
  public var destination: IPNetwork
  public var via: IPAddress?
  public var link: Int32?
  public var metric: UInt32

  public init(destination: IPNetwork, via: IPAddress? = nil, link: Int32? = nil, metric: UInt32 = 0) {
    self.destination = destination
    self.via = via
    self.link = link
    self.metric = metric
  }

  init?(_ reply: NetlinkReply) {
    let payload = reply.payload
    guard reply.type == RT.newRoute, payload.count >= 12, payload[4] == RT.tableMain, payload[7] == RT.typeUnicast
    else { return nil }
    let attributes = reply.attributes(after: 12)
    let any = payload[0] == AF.inet ? [UInt8](repeating: 0, count: 4) : [UInt8](repeating: 0, count: 16)
    guard
      let address = IPAddress(bytes: attributes[RT.routeDestination].map { Array($0.payload) } ?? any),
      let destination = IPNetwork(address, prefix: Int(payload[1]))
    else { return nil }
    self.destination = destination
    via = attributes[RT.routeGateway].flatMap { IPAddress(bytes: Array($0.payload)) }
    link = attributes[RT.routeOutput].map { Int32(bitPattern: $0.number) }
    metric = attributes[RT.routePriority]?.number ?? 0
  }
}

extension NetlinkSocket {
  private static func message(_ type: UInt16, flags: UInt16, _ route: Route) -> NetlinkMessage {
    let family = route.destination.address.family == .v4 ? AF.inet : AF.inet6
    let scope = route.via == nil && family == AF.inet ? RT.scopeLink : RT.scopeUniverse
    var message = NetlinkMessage(
      type: type, flags: flags,
      fixed: [
        family, UInt8(route.destination.prefix), 0, 0, RT.tableMain, RT.protocolBoot, scope, RT.typeUnicast, 0, 0, 0, 0,
      ])
    if route.destination.prefix > 0 {
      message.attribute(RT.routeDestination, route.destination.base.address.bytes)
    }
    if let via = route.via { message.attribute(RT.routeGateway, via.bytes) }
    if let link = route.link { message.attribute(RT.routeOutput, number: UInt32(bitPattern: link)) }
    if route.metric > 0 { message.attribute(RT.routePriority, number: route.metric) }
    return message
  }

  /// `EEXIST` when the destination has a route with that metric.
  public func addRoute(_ route: Route) throws(NetlinkError) {
    try exchange(
      Self.message(RT.newRoute, flags: NL.create | NL.exclusive, route), "add route to \(route.destination)")
  }

  /// `ESRCH` when there is none.
  public func removeRoute(_ route: Route) throws(NetlinkError) {
    try exchange(Self.message(RT.deleteRoute, flags: 0, route), "remove route to \(route.destination)")
  }

  /// The main table's unicast routes of a family.
  public func routes(_ family: IPAddress.Family = .v4) throws(NetlinkError) -> [Route] {
    let header: [UInt8] = [family == .v4 ? AF.inet : AF.inet6] + [UInt8](repeating: 0, count: 11)
    return try exchange(NetlinkMessage(type: RT.getRoute, flags: NL.dump, fixed: header), "list routes")
      .compactMap(Route.init)
  }
}
