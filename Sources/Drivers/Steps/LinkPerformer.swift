import Addresses
import JSON
import LinuxSystem
import Netlink
import Plans

extension LinkStep: StepPerformer {
  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let socket = try context.requiredSocket(site)
    let name = try self.name.get()
    if adopt {
      guard let link = try socket.link(named: name) else {
        throw PlanFailure(.notFound, "there is no interface \(name) to adopt")
      }
      try adjust(link, site, context, socket)
      return record(link, made: false)
    }
    if !name.contains("%"), let there = try socket.link(named: name) {
      return try ensure(there, site, context, socket)
    }
    return try make(name, site, context, socket)
  }

  private func make(
    _ name: String, _ site: Site, _ context: StepContext, _ socket: NetlinkSocket
  ) throws -> StepRecord {
    let new = NewLink(
      name: name, kind: try newKind(context), mtu: try mtu?.get(), mac: try mac.map { try address($0) },
      master: try master.map { try context.index($0.get(), site) },
      parent: try parent.map { try context.index($0.get(), site) }, isUp: up, group: context.mark.group)
    guard let made = try socket.makeLink(new) else {
      throw PlanFailure(.kernel, "the kernel does not say what it made of \(name)")
    }
    context.remember(made.name, made.index, site)
    try socket.changeLink(made.index, alias: "\(context.mark)")
    if hairpin || isolated { try socket.changeBridgePort(made.index, hairpin: hairpin, isolated: isolated) }
    try raisePeer(context)
    return record(made, made: true)
  }

  /// One of that name is there: ours from before, or somebody else's.
  private func ensure(
    _ there: Link, _ site: Site, _ context: StepContext, _ socket: NetlinkSocket
  ) throws -> StepRecord {
    guard context.isOurs(there.alias) || (there.alias == nil && there.group == context.mark.group) else {
      let owner = there.alias.map { " (alias \"\($0)\")" } ?? ""
      throw PlanFailure(
        .conflict,
        "an interface \(there.name) is there already\(owner); choose another name, or adopt = true to use it")
    }
    guard there.kind == kind?.rawValue else {
      throw PlanFailure(.conflict, "\(there.name) is there as \(there.kind ?? "a physical interface")")
    }
    if there.alias == nil { try socket.changeLink(there.index, alias: "\(context.mark)") }
    try adjust(there, site, context, socket)
    try raisePeer(context)
    return record(there, made: true)
  }

  /// Sets what can be set on an interface that exists.
  private func adjust(
    _ link: Link, _ site: Site, _ context: StepContext, _ socket: NetlinkSocket
  ) throws {
    context.remember(link.name, link.index, site)
    let wantedMTU = try mtu?.get()
    let wantedMaster = try master.map { try context.index($0.get(), site) }
    let newMTU = wantedMTU == link.mtu ? nil : wantedMTU
    let newMaster = wantedMaster == link.master ? nil : wantedMaster
    if newMTU != nil || newMaster != nil || (up && !link.isUp) {
      try socket.changeLink(link.index, up: up && !link.isUp ? true : nil, mtu: newMTU, master: newMaster)
    }
    if hairpin != link.hairpin || isolated != link.isolated, master != nil {
      try socket.changeBridgePort(link.index, hairpin: hairpin, isolated: isolated)
    }
  }

  private func raisePeer(_ context: StepContext) throws {
    guard up, let peer = try peer?.get() else { return }
    let socket = try context.requiredSocket(peerSite)
    try socket.changeLink(try context.index(peer, peerSite), up: true)
  }

  private func address(_ field: Field<String>) throws -> MACAddress {
    let text = try field.get()
    guard let mac = MACAddress(text) else { throw PlanFailure(.invalid, "\"\(text)\" is no Ethernet address") }
    return mac
  }

  private func newKind(_ context: StepContext) throws -> NewLink.Kind {
    switch kind {
    case .bridge: return .bridge
    case .dummy: return .dummy
    case .veth:
      guard let peer else { throw PlanFailure(.invalid, "a veth has two ends") }
      var namespace: Int32?
      if peerSite == .netns {
        guard let netns = context.sites.netns else {
          throw PlanFailure(.invalid, "the container's network namespace was not given")
        }
        namespace = netns.descriptor.rawValue
      }
      return .veth(NewLink.Peer(name: try peer.get(), namespace: namespace, mac: try peerMAC.map { try address($0) }))
    case .vlan: return .vlan(id: UInt16(number ?? 0))
    case .vxlan:
      return .vxlan(
        id: UInt32(number ?? 0), port: port.map(UInt16.init), local: try local.flatMap { IPAddress(try $0.get()) },
        remote: try remote.flatMap { IPAddress(try $0.get()) })
    case .macvlan:
      switch mode ?? .bridge {
      case .bridge: return .macvlan(.bridge)
      case .private: return .macvlan(.private)
      case .vepa: return .macvlan(.vepa)
      case .passthru: return .macvlan(.passthru)
      }
    case nil: throw PlanFailure(.invalid, "an interface that is not adopted has a kind")
    }
  }

  private func record(_ link: Link, made: Bool) -> StepRecord {
    var result: JSONObject = ["name": .string(link.name), "index": .integer(Int64(link.index))]
    result["mac"] = link.mac.map { .string("\($0)") }
    if case .value(let peer) = peer { result["peer"] = .string(peer) }
    return StepRecord(made: made, result: result)
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    guard !adopt, record?.made ?? true, context.socket(site) != nil else { return }
    if context.sites.namespaceEnds, site == .netns || (peer != nil && peerSite == .netns) { return }
    guard let name = record?.result["name"]?.stringValue ?? (try? self.name.get()), !name.contains("%") else { return }
    let socket = site == .host ? context.kernel.slowRoute : try context.requiredSocket(site)
    guard let link = try socket.link(named: name) else { return }
    // Another may have taken the name after ours was gone.
    guard context.isOurs(link.alias) || (link.alias == nil && link.group == context.mark.group) else { return }
    context.forget(name, site)
    do throws(NetlinkError) {
      try socket.removeLink(link.index)
    } catch {
      if error.errno != .noDevice { throw error }
    }
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    guard let socket = context.socket(site) else { return .unseen }
    let name = try record?.result["name"]?.stringValue ?? self.name.get()
    guard let link = try socket.link(named: name) else { return .missing }
    if !adopt, !context.isOurs(link.alias) { return .different("it carries no mark of this key") }
    if let kind, link.kind != kind.rawValue { return .different("it is \(link.kind ?? "a physical interface")") }
    if let mtu = try mtu?.get(), mtu != link.mtu { return .different("mtu is \(link.mtu), not \(mtu)") }
    if up, !link.isUp { return .different("it is down") }
    if let master = try master?.get() {
      guard let wanted = try socket.link(named: master) else { return .different("its bridge \(master) is gone") }
      if link.master != wanted.index { return .different("it is no port of \(master)") }
    }
    return .equal
  }
}
