import Addresses
import LinuxSystem
import Netlink
import Testing

@Suite struct RouteTests {
  let host: TestNamespace
  let container: TestNamespace
  let socket: NetlinkSocket

  init() throws {
    host = try TestNamespace()
    container = try TestNamespace()
    socket = try host.socket()
  }

  @Test func aVethIsBornAcrossNamespacesAndNamedByTheKernel() throws {
    let bridge = try #require(try socket.makeLink(NewLink(name: "br0", kind: .bridge)))
    #expect(bridge.name == "br0" && bridge.kind == "bridge" && bridge.isUp)
    let mac = try #require(MACAddress("02:42:0a:01:00:05"))
    let peer = NewLink.Peer(name: "eth0", namespace: container.descriptor.rawValue, mac: mac)
    let port = try #require(
      try socket.makeLink(NewLink(name: "mp%d", kind: .veth(peer), mtu: 1400, master: bridge.index)))
    #expect(port.name == "mp0")
    let made = try #require(try socket.link(port.index))
    #expect(made.master == bridge.index && made.mtu == 1400 && made.isUp)
    let inside = try container.socket()
    let far = try #require(try inside.link(named: "eth0"))
    #expect(far.mac == mac && far.mtu == 1400 && !far.isUp && far.kind == "veth")
    try inside.changeLink(far.index, up: true)
    #expect(try inside.link(far.index)?.isUp == true)
    try socket.changeLink(port.index, alias: "moonpool:d1:endpoint:e1")
    try socket.changeBridgePort(port.index, hairpin: true, isolated: true)
    let marked = try #require(try socket.link(port.index))
    #expect(marked.alias == "moonpool:d1:endpoint:e1" && marked.hairpin && marked.isolated)
    try socket.removeLink(port.index)
    #expect(try socket.link(named: "mp0") == nil)
    #expect(try inside.link(named: "eth0") == nil)
  }

  @Test func otherKindsOfLinks() throws {
    let dummy = try #require(try socket.makeLink(NewLink(name: "d0", kind: .bridge)))
    try socket.addAddress(try #require(IPNetwork("192.0.2.1/24")), to: dummy.index)
    let vxlan = try #require(
      try socket.makeLink(
        NewLink(
          name: "vx0", kind: .vxlan(id: 42, port: 4789, local: IPAddress("192.0.2.1"), remote: nil),
          parent: dummy.index)))
    #expect(vxlan.vxlan == 42)
    let macvlan = try #require(
      try socket.makeLink(NewLink(name: "mv0", kind: .macvlan(.bridge), parent: dummy.index)))
    #expect(macvlan.kind == "macvlan")
    let mac = try #require(MACAddress("02:42:0a:01:00:05"))
    try socket.addForwarding(Neighbour(link: vxlan.index, address: IPAddress("192.0.2.7"), mac: mac))
    #expect(try socket.forwardings().contains { $0.link == vxlan.index && $0.mac == mac })
    #expect(throws: NetlinkError.self) {
      try socket.makeLink(NewLink(name: "d0", kind: .bridge))
    }
  }

  @Test func addressesRoutesAndNeighboursComeAndGo() throws {
    let link = try #require(try socket.makeLink(NewLink(name: "d0", kind: .bridge)))
    let address = try #require(IPNetwork("10.1.0.1/16"))
    try socket.addAddress(address, to: link.index)
    #expect(try socket.addresses(of: link.index).map(\.address).filter { $0.address.family == .v4 } == [address])
    let v6 = try #require(IPNetwork("fd00::1/64"))
    try socket.addAddress(v6, to: link.index)
    #expect(try socket.addresses(of: link.index).map(\.address).contains(v6))
    let exists = #expect(throws: NetlinkError.self) { try socket.addAddress(address, to: link.index) }
    #expect(exists?.errno == .exists)

    let any = try #require(IPNetwork("0.0.0.0/0"))
    let route = Route(destination: any, via: IPAddress("10.1.0.9"))
    try socket.addRoute(route)
    let found = try #require(try socket.routes().first { $0.destination == any })
    #expect(found.via == IPAddress("10.1.0.9") && found.link == link.index)
    try socket.removeRoute(route)
    #expect(try !socket.routes().contains { $0.destination == any })

    let mac = try #require(MACAddress("02:42:0a:01:00:05"))
    let neighbour = Neighbour(link: link.index, address: IPAddress("10.1.0.5"), mac: mac)
    try socket.addNeighbour(neighbour)
    #expect(try socket.neighbours().contains(neighbour))
    try socket.removeNeighbour(neighbour)
    #expect(try !socket.neighbours().contains(neighbour))
    try socket.removeAddress(address, from: link.index)
  }

  @Test func theKernelsOwnWordsAreInTheError() throws {
    let link = try #require(try socket.makeLink(NewLink(name: "d0", kind: .bridge)))
    let error = #expect(throws: NetlinkError.self) {
      try socket.addRoute(
        Route(destination: try #require(IPNetwork("10.9.0.0/16")), via: IPAddress("203.0.113.1"), link: link.index))
    }
    #expect(error?.reason == "Nexthop has invalid gateway", "\(String(describing: error))")
  }

  @Test func aLongListIsReadToItsEnd() throws {
    for number in 0..<200 {
      try socket.makeLink(NewLink(name: "d\(number)", kind: .bridge, isUp: false))
    }
    #expect(try socket.links().count == 201)
  }
}
