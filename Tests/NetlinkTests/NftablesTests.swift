import JSON
import LinuxSystem
import Netlink
import Nftables
import Testing

@Suite struct NftablesTests {
  let namespace: TestNamespace
  let commands: NftCommands
  let socket: NftSocket

  init() throws {
    namespace = try TestNamespace()
    commands = try namespace.inside { try NftCommands() }
    socket = NftSocket(socket: try namespace.socket(.netfilter))
  }

  @Test func tablesAreFoundByTheirComment() throws {
    try commands.run(
      """
      table ip mp_a {
        comment "moonpool:d1:network:n1"
        chain c { }
      }
      table inet other { }
      """)
    #expect(try socket.table(.ip, "mp_a")?.comment == "moonpool:d1:network:n1")
    #expect(try socket.tables().map(\.name).sorted() == ["mp_a", "other"])
    try socket.removeTable(.ip, "mp_a")
    #expect(try socket.table(.ip, "mp_a") == nil)
  }

  @Test func aWrongTextSaysWhereAndChangesNothing() throws {
    let error = #expect(throws: NftError.self) {
      try commands.run("table ip mp_a { chain c { tcp dport nonsense accept } }")
    }
    #expect("\(try #require(error))".contains("nonsense"))
    #expect(try socket.tables().isEmpty)
  }

  @Test func elementsOfSetsAndMapsComeAndGo() throws {
    try commands.run(
      """
      table ip mp_a {
        set peers { type ipv4_addr; }
        map published { type inet_proto . inet_service : ipv4_addr . inet_service; }
        set ports { type ifname . ether_addr; }
      }
      """)
    let peers = try socket.set(.ip, "mp_a", "peers")
    let peer = NftElement(value: ["10.1.0.5"], comment: "moonpool:d1:endpoint:e1")
    #expect(try socket.add(peer, to: peers) == .added)
    #expect(try socket.add(peer, to: peers) == .present)
    #expect(try socket.presence(of: peer, in: peers) == .equal(comment: "moonpool:d1:endpoint:e1"))

    let published = try socket.set(.ip, "mp_a", "published")
    #expect(published.key == [.transport, .port] && published.data == [.ipv4, .port])
    let web = NftElement(value: ["tcp", 8080], data: ["10.1.0.5", 80], comment: "moonpool:d1:endpoint:e1")
    #expect(try socket.add(web, to: published) == .added)
    #expect(try socket.add(web, to: published) == .present)
    var stolen = web
    stolen.data = ["10.1.0.6", 80]
    #expect(throws: NftError.self) { try socket.add(stolen, to: published) }
    #expect(try socket.presence(of: stolen, in: published) == .different(comment: "moonpool:d1:endpoint:e1"))
    let listed = try commands.run("list table ip mp_a")
    #expect(listed.contains("tcp . 8080 comment \"moonpool:d1:endpoint:e1\" : 10.1.0.5 . 80"), "\(listed)")

    let ports = try socket.set(.ip, "mp_a", "ports")
    try socket.add(NftElement(value: ["mp0", "02:42:0a:01:00:05"]), to: ports)
    #expect(try commands.run("list set ip mp_a ports").contains("\"mp0\" . 02:42:0a:01:00:05"))

    #expect(try socket.remove(web, from: published))
    #expect(try !socket.remove(web, from: published))
    #expect(try socket.presence(of: web, in: published) == .absent)
  }

  @Test func wrongElementsAreRefusedBeforeTheKernel() throws {
    try commands.run(
      """
      table ip mp_a {
        set peers { type ipv4_addr; }
        set nets { type ipv4_addr; flags interval; }
      }
      """)
    let peers = try socket.set(.ip, "mp_a", "peers")
    for value: [JSONValue] in [["fd00::1"], ["10.1.0.5", 80], [80]] {
      #expect(throws: NftError.self) { try socket.add(NftElement(value: value), to: peers) }
    }
    #expect(throws: NftError.self) { try socket.add(NftElement(value: ["10.1.0.5"], data: [1]), to: peers) }
    #expect(throws: NftError.self) { try socket.set(.ip, "mp_a", "nets") }
    #expect(throws: NftError.self) { try socket.set(.ip, "mp_a", "absent") }
  }

  @Test func anothersDropPolicyIsPassedByAndLeftAsItWas() throws {
    // As iptables-nft makes them.
    try commands.run(
      """
      table ip filter {
        chain FORWARD { type filter hook forward priority filter; policy drop; }
      }
      table ip mp_a {
        comment "moonpool:d1:n"
        chain f { type filter hook forward priority filter; policy drop; }
      }
      """)
    let forwarding = ForeignForwarding(commands: commands, socket: socket) { table in
      table.comment?.hasPrefix("moonpool:") == true
    }
    #expect(try forwarding.droppingChains().map(\.table) == ["filter"])
    #expect(try forwarding.accept("br0", mark: "moonpool:d1:network:n1") == 1)
    #expect(try forwarding.accept("br0", mark: "moonpool:d1:network:n1") == 0)
    #expect(try forwarding.marks() == ["moonpool:d1:network:n1"])
    let listed = try commands.run("list chain ip filter FORWARD")
    #expect(listed.contains("iifname \"br0\"") && listed.contains("oifname \"br0\""), "\(listed)")
    try forwarding.withdraw(mark: "moonpool:d1:network:n1")
    #expect(try !commands.run("list chain ip filter FORWARD").contains("br0"))
    #expect(forwarding.obstacle("br0") == nil)
  }
}
