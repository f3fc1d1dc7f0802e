import Addresses
import CLinux
import Drivers
import Glibc
import JSON
import LinuxSystem
import Netlink
import Nftables
import Plans
import Testing

/// The bridge driver's plans in real namespaces with real packets.
@Suite struct BridgeTests {
  let host: TestNamespace
  let executor: PlanExecutor
  let network: AppliedPlan

  init() throws {
    host = try TestNamespace()
    let executor = try host.inside { try PlanExecutor(daemon: "d1") }
    self.executor = executor
    network = try host.inside {
      try executor.apply(AppliedPlan(key: "network:a", plan: try golden("bridge-network"))).applied
    }
  }

  struct Endpoint {
    let namespace: TestNamespace
    let applied: AppliedPlan
    let reserved: [ReservedSocket]
  }

  func attach(_ name: String, key: String, loopback: Bool = true) throws -> Endpoint {
    let namespace = try TestNamespace(loopback: loopback)
    let sites = Sites(netns: try namespace.lent)
    let done = try host.inside {
      try executor.apply(AppliedPlan(key: "endpoint:\(key)", plan: try golden(name)), sites: sites)
    }
    return Endpoint(namespace: namespace, applied: done.applied, reserved: done.reserved)
  }

  /// A machine beside the host: 192.0.2.2, with the host at 192.0.2.1 and a default route to it.
  func neighbour(loopback: Bool = true) throws -> TestNamespace {
    let outside = try TestNamespace(loopback: loopback)
    let socket = try host.socket()
    let far = try outside.socket()
    let link = try #require(
      try socket.makeLink(
        NewLink(name: "out0", kind: .veth(.init(name: "eth0", namespace: outside.descriptor.rawValue)))))
    try socket.addAddress(try #require(IPNetwork("192.0.2.1/24")), to: link.index)
    let there = try #require(try far.link(named: "eth0"))
    try far.changeLink(there.index, up: true)
    try far.addAddress(try #require(IPNetwork("192.0.2.2/24")), to: there.index)
    try far.addRoute(Route(destination: try #require(IPNetwork("0.0.0.0/0")), via: IPAddress("192.0.2.1")))
    return outside
  }

  @Test func everythingIsThereAndEqualAndGoesAgain() throws {
    let one = try attach("bridge-endpoint", key: "a1")
    #expect(one.reserved.count == 4)
    let held = Set(one.reserved.map(\.name))
    let sites = Sites(netns: try one.namespace.lent, heldPorts: held)
    try host.inside {
      #expect(try executor.compare(network).allSatisfy { $0 == .equal })
      let comparisons = try executor.compare(one.applied, sites: sites)
      #expect(comparisons.allSatisfy { $0 == .equal }, "\(comparisons)")
      #expect(executor.undo(one.applied, sites: sites).map(\.description) == [])
      #expect(executor.undo(network).map(\.description) == [])
    }
    #expect(try host.socket().links().map(\.name) == ["lo"])
    let nft = try host.inside { try NftSocket() }
    #expect(try nft.tables().isEmpty)
  }

  @Test func aNamespaceThatEndsTakesItsInterfacesAlong() throws {
    var one: Endpoint? = try attach("bridge-endpoint", key: "a1")
    let applied = try #require(one?.applied)
    try host.inside { #expect(executor.undo(applied, sites: Sites(namespaceEnds: true)).isEmpty) }
    #expect(try host.socket().link(named: "mp0a00000000a1") != nil)
    let nft = try host.inside { try NftCommands() }
    #expect(try !nft.run("list ruleset").contains("10.12.0.2"))
    one = nil
    // The kernel's own time, behind everyone's back.
    for _ in 0..<200 where try host.socket().link(named: "mp0a00000000a1") != nil { usleep(10_000) }
    #expect(try host.socket().link(named: "mp0a00000000a1") == nil)
  }

  @Test func containersOfANetworkReachEachOtherAndNotThoseOfAnother() throws {
    let other = try host.inside {
      try executor.apply(AppliedPlan(key: "network:b", plan: try golden("bridge-network-other"))).applied
    }
    let one = try attach("bridge-endpoint", key: "a1")
    let two = try attach("bridge-endpoint-plain", key: "a2")
    let stranger = try attach("bridge-endpoint-other", key: "b1")
    let server = try TestSocket(CL_SOCK_STREAM, in: one.namespace)
    try server.listen(80)
    #expect(try reaches(two.namespace, "10.12.0.2", 80))
    #expect(try server.accept() == "10.12.0.3")
    #expect(try reaches(host, "10.12.0.2", 80))
    #expect(try !reaches(stranger.namespace, "10.12.0.2", 80))
    // What is published is published for them too.
    #expect(try reaches(stranger.namespace, "10.13.0.1", 8080))
    _ = other
  }

  @Test func publishedPortsAreReachedFromEverywhere() throws {
    let outside = try neighbour()
    let one = try attach("bridge-endpoint", key: "a1")
    let two = try attach("bridge-endpoint-plain", key: "a2")
    let server = try TestSocket(CL_SOCK_STREAM, in: one.namespace)
    try server.listen(80)
    #expect(try reaches(outside, "192.0.2.1", 8080))
    #expect(try server.accept() == "192.0.2.2", "the client's address is kept")
    #expect(try reaches(host, "127.0.0.1", 8080))
    #expect(try server.accept() == "10.12.0.1")
    #expect(try reaches(host, "192.0.2.1", 8080))
    // From a container of the same network, and from the container itself.
    #expect(try reaches(two.namespace, "192.0.2.1", 8080))
    #expect(try reaches(one.namespace, "192.0.2.1", 8080))
    #expect(try reaches(one.namespace, "10.12.0.1", 8080))
    // Not published: not reached, though the neighbour has a route.
    #expect(try !reaches(outside, "10.12.0.2", 80))
    let chosen = one.applied.result["ports"]?[3]?["host_port"]?.integerValue
    let second = try TestSocket(CL_SOCK_STREAM, in: one.namespace)
    try second.listen(82)
    #expect(try reaches(outside, "192.0.2.1", Int(try #require(chosen))))
  }

  @Test func datagramsGoBothWays() throws {
    let outside = try neighbour()
    let one = try attach("bridge-endpoint", key: "a1")
    let server = try TestSocket(CL_SOCK_DGRAM, in: one.namespace)
    try server.bind("0.0.0.0", 53)
    for (namespace, address) in [(outside, "192.0.2.1"), (host, "127.0.0.1")] {
      let client = try TestSocket(CL_SOCK_DGRAM, in: namespace)
      try client.connect(address, 5353)
      try client.send("ping")
      _ = try server.echo()
      #expect(try client.receive() == "ping")
    }
  }

  @Test func loopbackIsNotReachedFromOutside() throws {
    let outside = try neighbour(loopback: false)
    let one = try attach("bridge-endpoint", key: "a1")
    let two = try attach("bridge-endpoint-plain", key: "a2", loopback: false)
    let server = try TestSocket(CL_SOCK_STREAM, in: one.namespace)
    try server.listen(81)
    let local = try TestSocket(CL_SOCK_STREAM, in: host)
    try local.bind("127.0.0.1", 9000)
    try check(cl_listen(local.descriptor.rawValue, 1), "listen")
    #expect(try reaches(host, "127.0.0.1", 8081))
    // Published on 127.0.0.1 only.
    #expect(try !reaches(outside, "192.0.2.1", 8081))
    // The attackers route 127/8 towards the host (CVE-2020-8558), from beside and from a container.
    for (namespace, gateway) in [(outside, "192.0.2.1"), (two.namespace, "10.12.0.1")] {
      try namespace.inside { try File.writeOnce("1", to: "/proc/sys/net/ipv4/conf/eth0/route_localnet") }
      try namespace.socket().addRoute(
        Route(destination: try #require(IPNetwork("127.0.0.0/8")), via: IPAddress(gateway)))
      #expect(try !reaches(namespace, "127.0.0.1", 8081))
      #expect(try !reaches(namespace, "127.0.0.1", 9000))
    }
    // The attack works where the rule is missing; else this test would prove nothing.
    let rule = try #require(
      try host.inside { try NftCommands() }.list("chain ip mp_ab12cd34ef56 raw").compactMap { $0["rule"]?["handle"] }
        .first?.integerValue)
    try host.inside { try NftCommands() }.run("delete rule ip mp_ab12cd34ef56 raw handle \(rule)")
    #expect(try reaches(outside, "127.0.0.1", 8081))
    #expect(try reaches(two.namespace, "127.0.0.1", 9000))
  }

  @Test func containersReachOthersByTheHostsAddress() throws {
    let outside = try neighbour()
    let one = try attach("bridge-endpoint-plain", key: "a2")
    let server = try TestSocket(CL_SOCK_STREAM, in: outside)
    try server.listen(80)
    #expect(try reaches(one.namespace, "192.0.2.2", 80))
    #expect(try server.accept() == "192.0.2.1")
  }

  @Test func anInternalNetworkWithoutContact() throws {
    let outside = try neighbour()
    let applied = try host.inside {
      try executor.apply(AppliedPlan(key: "network:c", plan: try golden("bridge-network-internal"))).applied
    }
    let one = try attach("bridge-endpoint-internal", key: "c1")
    let two = try attach("bridge-endpoint-internal-2", key: "c2")
    let server = try TestSocket(CL_SOCK_STREAM, in: outside)
    try server.listen(80)
    let within = try TestSocket(CL_SOCK_STREAM, in: one.namespace)
    try within.listen(80)
    let socket = try one.namespace.socket()
    try socket.addRoute(Route(destination: try #require(IPNetwork("0.0.0.0/0")), via: IPAddress("10.14.0.1")))
    #expect(try !reaches(one.namespace, "192.0.2.2", 80))
    #expect(try !reaches(two.namespace, "10.14.0.2", 80), "icc is off")
    #expect(try reaches(host, "10.14.0.2", 80))
    _ = applied
  }

  @Test func aContainerCannotSpeakForAnother() throws {
    let outside = try neighbour()
    let one = try attach("bridge-endpoint-plain", key: "a2")
    let server = try TestSocket(CL_SOCK_DGRAM, in: outside)
    try server.bind("0.0.0.0", 7)
    let socket = try one.namespace.socket()
    let eth0 = try #require(try socket.link(named: "eth0"))
    try socket.addAddress(try #require(IPNetwork("203.0.113.9/32")), to: eth0.index)
    let liar = try TestSocket(CL_SOCK_DGRAM, in: one.namespace)
    try liar.bind("203.0.113.9", 5000)
    try liar.connect("192.0.2.2", 7)
    try liar.send("lie")
    #expect(throws: SystemError.self) { _ = try server.receive() }
    // It would arrive without the rule.
    try host.inside { try NftCommands() }.run("flush chain ip mp_ab12cd34ef56 forward")
    try liar.send("lie")
    #expect(try server.receive() == "lie")
  }

  @Test func besideAFirewallThatDropsWhatItForwards() throws {
    let outside = try neighbour()
    let commands = try host.inside { try NftCommands() }
    try commands.run(
      """
      table ip filter {
        chain DOCKER-USER { }
        chain FORWARD { type filter hook forward priority filter; policy drop; jump DOCKER-USER; }
      }
      """)
    let one = try attach("bridge-endpoint", key: "a1")
    let server = try TestSocket(CL_SOCK_STREAM, in: one.namespace)
    try server.listen(80)
    #expect(try !reaches(outside, "192.0.2.1", 8080), "the other firewall's policy holds")
    try host.inside {
      let comparison = try executor.compare(network)
      #expect(comparison.contains { if case .different = $0 { true } else { false } })
      #expect(try executor.refreshForwarding(network) == [])
      #expect(try executor.compare(network).allSatisfy { $0 == .equal })
    }
    #expect(try reaches(outside, "192.0.2.1", 8080))
    let away = try TestSocket(CL_SOCK_STREAM, in: outside)
    try away.listen(80)
    #expect(try reaches(one.namespace, "192.0.2.2", 80))
    try host.inside { #expect(executor.undo(network).isEmpty) }
    let rules = try commands.run("list table ip filter")
    #expect(!rules.contains("mp-") && rules.contains("DOCKER-USER"), "\(rules)")
  }

  @Test func aPortInUseIsSaidAsDockerSaysItAndNothingIsLeft() throws {
    let one = try attach("bridge-endpoint", key: "a1")
    let namespace = try TestNamespace()
    let sites = Sites(netns: try namespace.lent)
    let error = #expect(throws: PlanFailure.self) {
      try host.inside {
        try executor.apply(AppliedPlan(key: "endpoint:a9", plan: try golden("bridge-endpoint")), sites: sites)
      }
    }
    #expect(error?.code == .portTaken)
    #expect(error?.message == "Bind for 0.0.0.0:8080 failed: port is already allocated")
    #expect(error?.afterwards == [])
    #expect(try executor.daemon == "d1" && one.namespace.socket().link(named: "eth0") != nil)
  }
}
