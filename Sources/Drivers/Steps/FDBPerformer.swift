import Addresses
import JSON
import LinuxSystem
import Netlink
import Plans

extension FDBStep: StepPerformer {
  private func entry(_ site: Site, _ context: StepContext) throws -> Neighbour {
    guard let mac = MACAddress(try mac.get()) else {
      throw PlanFailure(.invalid, "a forwarding entry has an Ethernet address")
    }
    return Neighbour(
      link: try context.index(try link.get(), site), address: try to.flatMap { IPAddress(try $0.get()) }, mac: mac)
  }

  private func isThere(_ wanted: Neighbour, _ socket: NetlinkSocket) throws -> Bool {
    try socket.forwardings().contains {
      $0.link == wanted.link && $0.mac == wanted.mac && $0.address == wanted.address && $0.isPermanent
    }
  }

  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let socket = try context.requiredSocket(site)
    let wanted = try entry(site, context)
    if try isThere(wanted, socket) { return StepRecord(made: false) }
    try socket.addForwarding(wanted)
    return StepRecord(made: true)
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    guard record?.made == true, let socket = context.socket(site), try socket.link(named: try link.get()) != nil
    else { return }
    let entry = try entry(site, context)
    do throws(NetlinkError) {
      try socket.removeForwarding(entry)
    } catch {
      guard error.errno == .noEntry || error.errno == .noDevice else { throw error }
    }
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    guard let socket = context.socket(site) else { return .unseen }
    guard try socket.link(named: try link.get()) != nil else { return .missing }
    return try isThere(try entry(site, context), socket) ? .equal : .missing
  }
}
