import Addresses
import JSON
import LinuxSystem
import Netlink
import Plans

extension RouteStep: StepPerformer {
  private func route(_ site: Site, _ context: StepContext) throws -> Route {
    let gateway = try via.map { field in
      let text = try field.get()
      guard let address = IPAddress(text) else { throw PlanFailure(.invalid, "\"\(text)\" is no address") }
      return address
    }
    let text = try destination.get()
    let any = gateway?.family == .v6 ? "::/0" : "0.0.0.0/0"
    guard let network = IPNetwork(text == "default" ? any : text) else {
      throw PlanFailure(.invalid, "\"\(text)\" is no CIDR")
    }
    return Route(
      destination: network.base, via: gateway, link: try link.map { try context.index($0.get(), site) },
      metric: UInt32(metric ?? 0))
  }

  private func existing(_ route: Route, _ socket: NetlinkSocket) throws -> Route? {
    // IPv6 has a metric of its own choice (1024) where none was given.
    try socket.routes(route.destination.address.family).first {
      $0.destination == route.destination && ($0.metric == route.metric || route.metric == 0)
    }
  }

  private func matches(_ found: Route, _ wanted: Route) -> Bool {
    (wanted.via == nil || found.via == wanted.via) && (wanted.link == nil || found.link == wanted.link)
  }

  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let socket = try context.requiredSocket(site)
    let wanted = try route(site, context)
    do throws(NetlinkError) {
      try socket.addRoute(wanted)
      return StepRecord(made: true)
    } catch {
      guard error.errno == .exists else { throw error }
    }
    guard let found = try existing(wanted, socket), matches(found, wanted) else {
      throw PlanFailure(.conflict, "there is another route to \(wanted.destination)")
    }
    return StepRecord(made: false)
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    guard record?.made == true, let socket = context.socket(site) else { return }
    if let name = try link?.get(), try socket.link(named: name) == nil { return }
    let route = try route(site, context)
    do throws(NetlinkError) {
      try socket.removeRoute(route)
    } catch {
      // ESRCH: there is no such route any more.
      guard error.errno == .noProcess || error.errno == .noDevice else { throw error }
    }
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    guard let socket = context.socket(site) else { return .unseen }
    if let name = try link?.get(), try socket.link(named: name) == nil { return .missing }
    let wanted = try route(site, context)
    guard let found = try existing(wanted, socket) else { return .missing }
    return matches(found, wanted) ? .equal : .different("it goes another way")
  }
}
