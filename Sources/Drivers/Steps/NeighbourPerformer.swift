import Addresses
import JSON
import LinuxSystem
import Netlink
import Plans

extension NeighbourStep: StepPerformer {
  private func entry(_ site: Site, _ context: StepContext) throws -> Neighbour {
    guard let mac = MACAddress(try mac.get()), let address = IPAddress(try address.get()) else {
      throw PlanFailure(.invalid, "a neighbour has an IP and an Ethernet address")
    }
    return Neighbour(link: try context.index(try link.get(), site), address: address, mac: mac)
  }

  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let socket = try context.requiredSocket(site)
    let wanted = try entry(site, context)
    do throws(NetlinkError) {
      try socket.addNeighbour(wanted)
      return StepRecord(made: true)
    } catch {
      guard error.errno == .exists else { throw error }
    }
    guard try find(wanted, socket) == .equal else {
      throw PlanFailure(.conflict, "the address has another neighbour entry")
    }
    return StepRecord(made: false)
  }

  private func find(_ wanted: Neighbour, _ socket: NetlinkSocket) throws -> Comparison {
    let family = wanted.address?.family ?? .v4
    guard
      let found = try socket.neighbours(family).first(where: { $0.link == wanted.link && $0.address == wanted.address })
    else { return .missing }
    return found.mac == wanted.mac && found.isPermanent ? .equal : .different("it is \(found.mac)")
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    guard record?.made == true, let socket = context.socket(site), try socket.link(named: try link.get()) != nil
    else { return }
    let entry = try entry(site, context)
    do throws(NetlinkError) {
      try socket.removeNeighbour(entry)
    } catch {
      guard error.errno == .noEntry || error.errno == .noDevice else { throw error }
    }
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    guard let socket = context.socket(site) else { return .unseen }
    guard try socket.link(named: try link.get()) != nil else { return .missing }
    return try find(try entry(site, context), socket)
  }
}
