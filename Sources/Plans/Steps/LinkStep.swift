public import JSON

/// A network interface: `{ link = "br0", kind = "bridge" }`.
///
/// A veth's other end is `peer`, made directly where `peer_site` says. The name may hold `%d` for a number of the
/// kernel's choice; the result has `name`, `index` and `mac`. `adopt = true` uses an interface that is there already
/// and leaves it there on undo. `mtu`, `master` and `up` also hold for an adopted one.
public struct LinkStep: StepPayload {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case bridge, veth, vlan, vxlan, macvlan, dummy
  }
  /// How macvlan children see each other.
  public enum MacvlanMode: String, Sendable, Hashable, CaseIterable {
    case bridge, `private`, vepa, passthru
  }

  public var name: Field<String>
  /// Nil only for an adopted interface.
  public var kind: Kind?
  public var mtu: Field<Int>?
  public var mac: Field<String>?
  public var master: Field<String>?
  /// The lower device of vlan, vxlan and macvlan.
  public var parent: Field<String>?
  /// The VLAN id or the VXLAN network identifier; `vid` in the table, as `id` names the step.
  public var number: Int?
  public var peer: Field<String>?
  public var peerSite: Site
  public var peerMAC: Field<String>?
  public var up: Bool
  public var adopt: Bool
  public var mode: MacvlanMode?
  /// A vxlan's UDP port, `dport` in the table.
  public var port: Int?
  /// A vxlan's own address, and the group or far end that unknown destinations are sent to.
  public var local: Field<String>?
  public var remote: Field<String>?
  /// As a port of a bridge: frames may return where they came from (a container reaching its own published port
  /// while br_netfilter is loaded).
  public var hairpin: Bool
  /// As a port of a bridge: no frames to other isolated ports (`enable_icc=false`).
  public var isolated: Bool

  public static let verb = "link"
  public static let sites: [Site] = [.host, .netns]
  public static let results = ["name", "index", "mac", "peer"]

  public init(
    name: Field<String>, kind: Kind?, mtu: Field<Int>? = nil, mac: Field<String>? = nil, master: Field<String>? = nil,
    parent: Field<String>? = nil, number: Int? = nil, peer: Field<String>? = nil, peerSite: Site = .host,
    peerMAC: Field<String>? = nil, up: Bool = true, adopt: Bool = false, mode: MacvlanMode? = nil, port: Int? = nil,
    local: Field<String>? = nil, remote: Field<String>? = nil, hairpin: Bool = false, isolated: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.mtu = mtu
    self.mac = mac
    self.master = master
    self.parent = parent
    self.number = number
    self.peer = peer
    self.peerSite = peerSite
    self.peerMAC = peerMAC
    self.up = up
    self.adopt = adopt
    self.mode = mode
    self.port = port
    self.local = local
    self.remote = remote
    self.hairpin = hairpin
    self.isolated = isolated
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    name = try StepReader.required(try box.reader.interface("link"), "link")
    kind = try box.reader.choice("kind", Kind.self)
    mtu = try box.reader.number("mtu", in: 68...65535)
    mac = try box.reader.mac("mac")
    master = try box.reader.interface("master")
    parent = try box.reader.interface("parent")
    number = try box.reader.integer("vid", in: 0...16_777_215)
    peer = try box.reader.interface("peer")
    peerSite = try box.reader.choice("peer_site", Site.self) ?? .host
    peerMAC = try box.reader.mac("peer_mac")
    up = try box.reader.flag("up", default: true)
    adopt = try box.reader.flag("adopt", default: false)
    mode = try box.reader.choice("mode", MacvlanMode.self)
    port = try box.reader.integer("dport", in: 1...65535)
    local = try box.reader.address("local")
    remote = try box.reader.address("remote")
    hairpin = try box.reader.flag("hairpin", default: false)
    isolated = try box.reader.flag("isolated", default: false)
    try check()
  }

  private func check() throws(PlanError) {
    guard let kind else {
      if adopt { return }
      let names = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw PlanError("is missing: \(names), or adopt = true", path: "kind")
    }
    if peerSite == .mntns { throw PlanError("an interface lives in host or netns", path: "peer_site") }
    switch kind {
    case .veth: if peer == nil { throw PlanError("a veth has two ends: name the other", path: "peer") }
    case .vlan:
      if parent == nil { throw PlanError("is missing", path: "parent") }
      guard let number, (1...4094).contains(number) else { throw PlanError("is 1 to 4094 for a vlan", path: "vid") }
    case .vxlan: if number == nil { throw PlanError("is missing", path: "vid") }
    case .macvlan: if parent == nil { throw PlanError("is missing", path: "parent") }
    case .bridge, .dummy: break
    }
    if kind != .veth, peer != nil { throw PlanError("only a veth has a peer", path: "peer") }
    if hairpin || isolated, master == nil {
      throw PlanError("only a port of a bridge has it: name the bridge", path: "master")
    }
  }

  public var fields: JSONObject {
    var object: JSONObject = ["link": name.json]
    object["kind"] = kind.map { .string($0.rawValue) }
    object["mtu"] = mtu?.json
    object["mac"] = mac?.json
    object["master"] = master?.json
    object["parent"] = parent?.json
    object["vid"] = number.map { .integer(Int64($0)) }
    object["peer"] = peer?.json
    if peerSite != .host { object["peer_site"] = .string(peerSite.rawValue) }
    object["peer_mac"] = peerMAC?.json
    if !up { object["up"] = false }
    if adopt { object["adopt"] = true }
    object["mode"] = mode.map { .string($0.rawValue) }
    object["dport"] = port.map { .integer(Int64($0)) }
    object["local"] = local?.json
    object["remote"] = remote?.json
    if hairpin { object["hairpin"] = true }
    if isolated { object["isolated"] = true }
    return object
  }

  public var subject: String { name.shown }
}
