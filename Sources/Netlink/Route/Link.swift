public import Addresses
import LinuxSystem

/// A network interface as the kernel has it.
public struct Link: Sendable, Hashable {
  public var index: Int32
  public var name: String
  public var mtu: Int
  public var mac: MACAddress?
  public var isUp: Bool
  /// Index of the bridge it is a port of.
  public var master: Int32?
  /// Index of the lower device, or of a veth's other end, in that end's namespace.
  public var parent: Int32?
  /// "bridge", "veth", "dummy", …; nil for a physical one.
  public var kind: String?
  /// The owner's mark.
  public var alias: String?
  /// The device group; 0 unless somebody set one.
  public var group: UInt32
  public var vlan: Int?
  public var vxlan: Int?
  public var isolated: Bool
  public var hairpin: Bool

  init?(_ reply: NetlinkReply) {
    guard reply.type == RT.newLink, let index = reply.payload.native(Int32.self, at: 4),
      let flags = reply.payload.native(UInt32.self, at: 8)
    else { return nil }
    self.index = index
    isUp = flags & IFLA.flagUp != 0
    name = ""
    mtu = 0
    group = 0
    isolated = false
    hairpin = false
    for attribute in reply.attributes(after: 16) {
      switch attribute.type {
      case IFLA.name: name = attribute.text
      case IFLA.mtu: mtu = Int(attribute.number)
      case IFLA.address: mac = MACAddress(bytes: Array(attribute.payload))
      case IFLA.master: master = Int32(bitPattern: attribute.number)
      case IFLA.link: parent = Int32(bitPattern: attribute.number)
      case IFLA.group: group = attribute.number
      case IFLA.alias: alias = attribute.text
      case IFLA.linkInfo: readInfo(attribute.nested)
      default: break
      }
    }
  }

  private mutating func readInfo(_ info: Attributes) {
    kind = info[IFLA.infoKind]?.text
    if let data = info[IFLA.infoData]?.nested {
      if kind == "vlan" { vlan = data[IFLA.vlanID]?.payload.native(UInt16.self, at: 0).map(Int.init) }
      if kind == "vxlan" { vxlan = data[IFLA.vxlanID].map { Int($0.number) } }
    }
    if let port = info[IFLA.infoSlaveData]?.nested, info[IFLA.infoSlaveKind]?.text == "bridge" {
      isolated = port[IFLA.bridgePortIsolated]?.payload.first == 1
      hairpin = port[IFLA.bridgePortHairpin]?.payload.first == 1
    }
  }
}

/// What a new interface shall be.
public struct NewLink: Sendable {
  /// The far end of a veth; it is made down (`changeLink(up:)` on a socket of its namespace).
  public struct Peer: Sendable {
    public var name: String
    /// A network namespace's descriptor; nil for the socket's own.
    public var namespace: Int32?
    public var mac: MACAddress?
    public init(name: String, namespace: Int32? = nil, mac: MACAddress? = nil) {
      self.name = name
      self.namespace = namespace
      self.mac = mac
    }
  }
  public enum MacvlanMode: UInt32, Sendable {
    case `private` = 1
    case vepa = 2
    case bridge = 4
    case passthru = 8
  }
  public enum Kind: Sendable {
    case bridge
    case dummy
    case veth(Peer)
    case vlan(id: UInt16)
    case vxlan(id: UInt32, port: UInt16?, local: IPAddress?, remote: IPAddress?)
    case macvlan(MacvlanMode)

    public var name: String {
      switch self {
      case .bridge: "bridge"
      case .dummy: "dummy"
      case .veth: "veth"
      case .vlan: "vlan"
      case .vxlan: "vxlan"
      case .macvlan: "macvlan"
      }
    }
  }

  /// May hold `%d` for a number of the kernel's choice.
  public var name: String
  public var kind: Kind
  public var mtu: Int?
  public var mac: MACAddress?
  /// Indexes, in the namespace of the socket.
  public var master: Int32?
  public var parent: Int32?
  public var isUp: Bool
  /// Where the interface is to be; nil for the socket's own namespace.
  public var namespace: Int32?
  /// The device group: a mark that the interface has from its first moment, unlike an alias.
  public var group: UInt32?

  public init(
    name: String, kind: Kind, mtu: Int? = nil, mac: MACAddress? = nil, master: Int32? = nil, parent: Int32? = nil,
    isUp: Bool = true, namespace: Int32? = nil, group: UInt32? = nil
  ) {
    self.name = name
    self.kind = kind
    self.mtu = mtu
    self.mac = mac
    self.master = master
    self.parent = parent
    self.isUp = isUp
    self.namespace = namespace
    self.group = group
  }
}

extension NetlinkSocket {
  /// `struct ifinfomsg`.
  private static func header(family: UInt8 = 0, index: Int32 = 0, up: Bool? = nil) -> [UInt8] {
    [family, 0, 0, 0] + nativeBytes(index) + nativeBytes(up == true ? IFLA.flagUp : UInt32(0))
      + nativeBytes(up == nil ? UInt32(0) : IFLA.flagUp)
  }

  /// Makes an interface. `EEXIST` when the name is taken; the answer holds the name and index that the kernel chose
  /// (NLM_F_ECHO; its master is not in it yet), except for one made in another namespace. Linux before 6.2 does not
  /// echo a new link: there it is asked for by its name, and one whose name the kernel chose (`mp%d`) is not told.
  @discardableResult
  public func makeLink(_ new: NewLink) throws(NetlinkError) -> Link? {
    var message = NetlinkMessage(
      type: RT.newLink, flags: NL.create | NL.exclusive | NL.echo, fixed: Self.header(up: new.isUp ? true : nil))
    message.attribute(IFLA.name, string: new.name)
    if let group = new.group { message.attribute(IFLA.group, number: group) }
    if let mtu = new.mtu { message.attribute(IFLA.mtu, number: UInt32(mtu)) }
    if let mac = new.mac { message.attribute(IFLA.address, mac.bytes) }
    if let master = new.master { message.attribute(IFLA.master, number: UInt32(bitPattern: master)) }
    if let parent = new.parent { message.attribute(IFLA.link, number: UInt32(bitPattern: parent)) }
    if let namespace = new.namespace {
      message.attribute(IFLA.namespaceDescriptor, number: UInt32(bitPattern: namespace))
    }
    message.nest(IFLA.linkInfo) { info in
      info.attribute(IFLA.infoKind, string: new.kind.name)
      Self.appendData(new, to: &info)
    }
    let replies = try exchange(message, "make \(new.kind.name) \(new.name)")
    if let echoed = replies.lazy.compactMap(Link.init).first { return echoed }
    return new.namespace == nil && !new.name.contains("%") ? try link(named: new.name) : nil
  }

  private static func appendData(_ new: NewLink, to info: inout NetlinkMessage) {
    switch new.kind {
    case .bridge, .dummy: break
    case .veth(let peer):
      info.nest(IFLA.infoData) { data in
        // The far end cannot be up yet: it has no peer until both are there (ENOTCONN).
        data.nest(IFLA.vethPeer, fixed: header()) { far in
          far.attribute(IFLA.name, string: peer.name)
          if let mtu = new.mtu { far.attribute(IFLA.mtu, number: UInt32(mtu)) }
          if let mac = peer.mac { far.attribute(IFLA.address, mac.bytes) }
          if let namespace = peer.namespace {
            far.attribute(IFLA.namespaceDescriptor, number: UInt32(bitPattern: namespace))
          }
        }
      }
    case .vlan(let id):
      info.nest(IFLA.infoData) { $0.attribute(IFLA.vlanID, number: id) }
    case .vxlan(let id, let port, let local, let remote):
      info.nest(IFLA.infoData) { data in
        data.attribute(IFLA.vxlanID, number: id)
        data.attribute(IFLA.vxlanPort, big: port ?? 4789)
        if let local {
          data.attribute(local.family == .v4 ? IFLA.vxlanLocal : IFLA.vxlanLocal6, local.bytes)
        }
        if let remote {
          data.attribute(remote.family == .v4 ? IFLA.vxlanGroup : IFLA.vxlanGroup6, remote.bytes)
        }
        if let parent = new.parent { data.attribute(IFLA.vxlanLink, number: UInt32(bitPattern: parent)) }
      }
    case .macvlan(let mode):
      info.nest(IFLA.infoData) { $0.attribute(IFLA.macvlanMode, number: mode.rawValue) }
    }
  }

  /// Changes what is not nil.
  public func changeLink(
    _ index: Int32, name: String? = nil, up: Bool? = nil, mtu: Int? = nil, mac: MACAddress? = nil,
    master: Int32? = nil, alias: String? = nil, namespace: Int32? = nil
  ) throws(NetlinkError) {
    var message = NetlinkMessage(type: RT.newLink, flags: 0, fixed: Self.header(index: index, up: up))
    if let name { message.attribute(IFLA.name, string: name) }
    if let mtu { message.attribute(IFLA.mtu, number: UInt32(mtu)) }
    if let mac { message.attribute(IFLA.address, mac.bytes) }
    if let master { message.attribute(IFLA.master, number: UInt32(bitPattern: master)) }
    if let alias { message.attribute(IFLA.alias, Array(alias.utf8)) }
    if let namespace { message.attribute(IFLA.namespaceDescriptor, number: UInt32(bitPattern: namespace)) }
    try exchange(message, "change interface \(name ?? String(index))")
  }

  /// How a port of a bridge behaves: whether frames may go back where they came from, and whether it reaches other
  /// isolated ports.
  public func changeBridgePort(_ index: Int32, hairpin: Bool, isolated: Bool) throws(NetlinkError) {
    var message = NetlinkMessage(type: RT.newLink, flags: 0, fixed: Self.header(index: index))
    message.nest(IFLA.linkInfo) { info in
      info.attribute(IFLA.infoSlaveKind, string: "bridge")
      info.nest(IFLA.infoSlaveData) { port in
        port.attribute(IFLA.bridgePortHairpin, number: UInt8(hairpin ? 1 : 0))
        port.attribute(IFLA.bridgePortIsolated, number: UInt8(isolated ? 1 : 0))
      }
    }
    try exchange(message, "change bridge port \(index)")
  }

  /// Removes an interface, and with a veth its other end. Waits for an RCU grace period, 10 to 30 ms.
  public func removeLink(_ index: Int32) throws(NetlinkError) {
    try exchange(
      NetlinkMessage(type: RT.deleteLink, flags: 0, fixed: Self.header(index: index)), "remove interface \(index)")
  }

  public func link(named name: String) throws(NetlinkError) -> Link? {
    var message = NetlinkMessage(type: RT.getLink, flags: 0, fixed: Self.header())
    message.attribute(IFLA.name, string: name)
    return try find(message, "find interface \(name)")
  }

  public func link(_ index: Int32) throws(NetlinkError) -> Link? {
    try find(NetlinkMessage(type: RT.getLink, flags: 0, fixed: Self.header(index: index)), "find interface \(index)")
  }

  private func find(_ message: NetlinkMessage, _ operation: String) throws(NetlinkError) -> Link? {
    do throws(NetlinkError) {
      return try exchange(message, operation).lazy.compactMap(Link.init).first
    } catch {
      guard error.errno == .noDevice else { throw error }
      return nil
    }
  }

  public func links() throws(NetlinkError) -> [Link] {
    try exchange(NetlinkMessage(type: RT.getLink, flags: NL.dump, fixed: Self.header()), "list interfaces")
      .compactMap(Link.init)
  }
}
