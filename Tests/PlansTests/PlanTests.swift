import JSON
import Testing

@testable import Plans

@Suite struct PlanTests {
  /// One of every kind; the text is the canonical form and must come back byte for byte.
  static let everything = #"""
    {
      "steps": [
        {"link": "br-ab12", "kind": "bridge", "mtu": 1500, "id": "bridge"},
        {"link": "mp%d", "kind": "veth", "master": {"ref": "bridge.name"}, "peer": "eth0", "peer_site": "netns", "peer_mac": "02:42:0a:01:00:05", "hairpin": true, "isolated": true, "id": "port"},
        {"link": "vx0", "kind": "vxlan", "parent": "eth0", "vid": 42, "dport": 4789, "local": "192.0.2.1"},
        {"link": "lo", "adopt": true, "site": "netns"},
        {"address": "10.1.0.1/16", "link": "br-ab12"},
        {"address": "10.1.0.5/16", "link": "eth0", "site": "netns"},
        {"route": "default", "via": "10.1.0.1", "site": "netns"},
        {"route": "10.9.0.0/16", "link": "br-ab12", "metric": 10},
        {"neighbour": "10.1.0.5", "mac": "02:42:0a:01:00:05", "link": "vx0"},
        {"fdb": "02:42:0a:01:00:05", "link": "vx0", "to": "192.0.2.7"},
        {"sysctl": "net.ipv4.ip_forward", "value": "1", "keep": true},
        {"nft": "ip mp_ab12", "text": "set peers { type ipv4_addr; }"},
        {"nft_element": "ip mp_ab12 peers", "value": ["10.1.0.5"]},
        {"forward": "br-ab12"},
        {"port": 0, "protocol": "udp", "address": "127.0.0.1", "id": "p1"},
        {"nft_element": "ip mp_ab12 published", "value": ["udp", {"ref": "p1.port"}], "data": ["10.1.0.5", 53]},
        {"dns": "web", "addresses": ["10.1.0.5"]},
        {"dir": "/data/v/db", "mode": "0755", "owner": "999:999"},
        {"file": "/data/v/disk", "size": 1048576, "mode": "0600"},
        {"mount": "/var/lib/db", "type": "bind", "source": "/data/v/db", "options": ["nosuid"], "propagation": "rslave", "readonly": "recursive"},
        {"mount": "/data/m", "type": "tmpfs", "site": "host"},
        {"copy": "/data/v/b", "from": "/data/v/a"},
        {"seed": "/data/v/db", "from": "/var/lib/db"},
        {"trash": "/data/v/old"}
      ],
      "result": {"interface": {"ref": "port.name"}}
    }
    """#

  @Test func everyKindOfStepComesBackInCanonicalForm() throws {
    let plan = try Plan(parsing: Self.everything)
    #expect(plan.steps.count == 24)
    #expect(Set(plan.steps.map(\.verb)).count == Action.kinds.count)
    #expect(JSON.text(plan.json) == JSON.text(try JSON.parse(Self.everything)))
    #expect(try Plan(json: plan.json) == plan)
  }

  @Test func codableIsTheSameForm() throws {
    let plan = try Plan(parsing: Self.everything)
    #expect(try JSON.decode(Plan.self, from: JSON.value(of: plan)) == plan)
  }

  @Test(arguments: [
    (#"{"steps":[{"lnk":"br0","kind":"bridge"}]}"#, #"steps[0]: no verb among lnk, kind; did you mean "link"?"#),
    (
      #"{"steps":[{"link":"br0","kind":"bridge","mtuu":1}]}"#,
      #"steps[0].mtuu: a link step has no field "mtuu"; did you mean "mtu"?"#
    ),
    (#"{"steps":[{"link":"br0","kind":"brige"}]}"#, #"did you mean "bridge"?"#),
    (#"{"steps":[{"link":"br0","kind":"bridge","mtu":"1500"}]}"#, "steps[0].mtu: expected an integer, not a string"),
    (#"{"steps":[{"link":"br0","kind":"bridge","mtu":10}]}"#, "steps[0].mtu: 10 is not between 68 and 65535"),
    (#"{"steps":[{"link":"a/b","kind":"bridge"}]}"#, "steps[0].link: \"a/b\" is no interface name"),
    (#"{"steps":[{"link":"a-name-of-16-byte","kind":"bridge"}]}"#, "is no interface name"),
    (#"{"steps":[{"link":"v0","kind":"veth"}]}"#, "steps[0].peer: a veth has two ends"),
    (#"{"steps":[{"address":"10.1.0.5","link":"eth0"}]}"#, "steps[0].address: \"10.1.0.5\" is no address with prefix"),
    (
      #"{"steps":[{"address":"10.1.0.5/24","link":"eth0","site":"mntns"}]}"#,
      "steps[0].site: a address step happens in host or netns"
    ),
    (#"{"steps":[{"route":"default","site":"netns"}]}"#, "steps[0].via: a route goes via"),
    (#"{"steps":[{"link":"br0","kind":"bridge","mac":{"ref":"x.y"}}]}"#, "no earlier step has the id \"x\""),
    (
      #"{"steps":[{"port":0,"id":"p"},{"sysctl":{"ref":"p.prt"},"value":"1"}]}"#,
      #"the result of "p" has port, address, protocol; did you mean "port"?"#
    ),
    (#"{"steps":[{"port":80,"id":"p"},{"port":81,"id":"p"}]}"#, "steps[1].id: the id \"p\" is taken"),
    (#"{"steps":[{"port":80},{"port":80}]}"#, "steps[1]: makes the same thing as steps[0]"),
    (#"{"steps":[{"dir":"/a/../b"}]}"#, "steps[0].dir"),
    (#"{"steps":[{"dir":"/a","mode":"999"}]}"#, "steps[0].mode: \"999\" is no octal mode"),
    (#"{"steps":[{"nft":"ip t","text":"} table ip filter {"}]}"#, "steps[0].text: closes a brace"),
    (#"{"steps":[{"nft":"ip t","text":"include \"/etc/passwd\""}]}"#, "steps[0].text: must not include"),
    (#"{"steps":[{"nft":"ip filter; x","text":""}]}"#, "steps[0].nft"),
    (#"{"steps":[{"copy":"/a","from":"/b","seed":"/c"}]}"#, "a copy step has no field \"seed\""),
    (#"{"steps":[{"dir":"/a","trash":"/c"}]}"#, "a step has one verb, this has dir and trash"),
    (#"{"steps":[{}],"results":1}"#, "no verb among"),
    (#"{"results":{}}"#, #"a plan has no field "results"; did you mean "result"?"#),
    (#"{"steps":{"a":1}}"#, "steps: expected a list, not an object"),
  ])
  func whatIsWrongIsSaidWithItsPlace(text: String, message: String) throws {
    let error = try #require(throws: PlanError.self) { try Plan(parsing: text) }
    #expect("\(error)".contains(message), "\(error)")
  }

  @Test func anEmptyLuaTableIsAnEmptyList() throws {
    #expect(try Plan(parsing: #"{"steps":{}}"#).steps.isEmpty)
  }

  @Test func referencesBecomeValues() throws {
    let plan = try Plan(parsing: Self.everything)
    let known: [String: JSONValue] = ["bridge.name": "br-x", "p1.port": 40001, "port.name": "mp7"]
    let veth = try plan.steps[1].resolving { known["\($0)"] }
    guard case .link(let link) = veth.action else { return #expect(Bool(false)) }
    #expect(link.master == "br-x")
    let element = try plan.steps[15].resolving { known["\($0)"] }
    guard case .nftElement(let step) = element.action else { return #expect(Bool(false)) }
    #expect(step.value == ["udp", 40001])
    #expect(plan.resolvedResult { known["\($0)"] } == ["interface": "mp7"])
    #expect(throws: PlanError.self) { try plan.steps[1].resolving { _ in nil } }
    #expect(throws: PlanError.self) { try plan.steps[1].resolving { _ in "not a valid name" } }
  }

  @Test func differenceFindsWhatToUndoAndWhatToDo() throws {
    let old = try Plan(parsing: #"{"steps":[{"dir":"/a"},{"port":80},{"sysctl":"a.b","value":"1"}]}"#)
    let new = try Plan(parsing: #"{"steps":[{"dir":"/a"},{"port":81},{"sysctl":"a.b","value":"2"}]}"#)
    let difference = PlanDifference(from: old, to: new)
    #expect(difference.removed == [1])
    #expect(difference.added == [1])
    #expect(difference.kept.map(\.old) == [0])
    #expect(difference.changed.map(\.new) == [2])
    #expect(PlanDifference(from: old, to: old).isEmpty)
  }
}
