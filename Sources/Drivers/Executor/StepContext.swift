import JSON
import LinuxSystem
import Netlink
import Nftables
import Plans

/// What a step's performer works with: the daemon's sockets, the sites of this application, the owner's mark.
final class StepContext {
  let kernel: KernelAccess
  let sites: Sites
  let mark: OwnerMark
  /// Sockets reserved so far in this application.
  var reserved: [ReservedSocket] = []
  private var indexes: [Site: [String: Int32]] = [:]

  init(kernel: KernelAccess, sites: Sites, mark: OwnerMark) {
    self.kernel = kernel
    self.sites = sites
    self.mark = mark
  }

  /// The route socket of a site; nil for a namespace that was not given.
  func socket(_ site: Site) -> NetlinkSocket? {
    site == .host ? kernel.route : sites.netns?.socket
  }

  func requiredSocket(_ site: Site) throws(PlanFailure) -> NetlinkSocket {
    guard let socket = socket(site) else {
      throw PlanFailure(.invalid, "the container's network namespace was not given")
    }
    return socket
  }

  /// The index of an interface, which must be there.
  func index(_ name: String, _ site: Site) throws -> Int32 {
    if let known = indexes[site]?[name] { return known }
    guard let link = try requiredSocket(site).link(named: name) else {
      throw PlanFailure(.notFound, "there is no interface \(name)")
    }
    remember(name, link.index, site)
    return link.index
  }

  func remember(_ name: String, _ index: Int32, _ site: Site) { indexes[site, default: [:]][name] = index }
  func forget(_ name: String, _ site: Site) { indexes[site]?[name] = nil }

  /// Whether a mark on something is that of this key, and no other's.
  func isOurs(_ text: String?) -> Bool { text.flatMap(OwnerMark.init) == mark }

  /// The directory of the sites' roots that a path lies in, opened, with the rest of the path.
  func place(_ path: String) throws -> PathPlace { try PathPlace(path, roots: sites.roots) }
}

/// The daemon's own access to the kernel, in the network namespace in which it was made.
final class KernelAccess: Sendable {
  let route: NetlinkSocket
  /// For removals of interfaces, which wait for the kernel and must not hold others up.
  let slowRoute: NetlinkSocket
  let nft: NftSocket
  let commands: NftCommands
  let daemon: String

  init(daemon: String) throws {
    self.daemon = daemon
    route = try NetlinkSocket()
    slowRoute = try NetlinkSocket()
    nft = try NftSocket()
    commands = try NftCommands()
  }

  var forwarding: ForeignForwarding {
    ForeignForwarding(commands: commands, socket: nft) { $0.comment.flatMap(OwnerMark.init) != nil }
  }
}
