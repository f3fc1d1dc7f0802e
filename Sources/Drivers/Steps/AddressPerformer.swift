import Addresses
import JSON
import LinuxSystem
import Netlink
import Plans

extension AddressStep: StepPerformer {
  private func network() throws -> IPNetwork {
    let text = try address.get()
    guard let network = IPNetwork(text) else { throw PlanFailure(.invalid, "\"\(text)\" is no CIDR") }
    return network
  }

  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let socket = try context.requiredSocket(site)
    let index = try context.index(try link.get(), site)
    do throws(NetlinkError) {
      try socket.addAddress(try parsed(), to: index)
      return StepRecord(made: true)
    } catch {
      // The interface has the address already, with this prefix length or another.
      guard error.errno == .exists else { throw error }
    }
    guard try socket.addresses(of: index).contains(where: { $0.address == (try? network()) }) else {
      throw PlanFailure(.conflict, "\(try link.get()) has the address with another prefix length")
    }
    return StepRecord(made: false)
  }

  private func parsed() throws(NetlinkError) -> IPNetwork {
    do { return try network() } catch {
      throw NetlinkError(operation: "add address", errno: .invalid, reason: "\(error)")
    }
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    guard record?.made == true, let socket = context.socket(site),
      let link = try socket.link(named: try link.get())
    else { return }
    do throws(NetlinkError) {
      try socket.removeAddress(try parsed(), from: link.index)
    } catch {
      guard error.errno == .addressNotAvailable || error.errno == .noDevice else { throw error }
    }
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    guard let socket = context.socket(site) else { return .unseen }
    guard let link = try socket.link(named: try link.get()) else { return .missing }
    let wanted = try network()
    return try socket.addresses(of: link.index).contains { $0.address == wanted } ? .equal : .missing
  }
}

extension Errno {
  /// EADDRNOTAVAIL
  static let addressNotAvailable = Errno(99)
}
