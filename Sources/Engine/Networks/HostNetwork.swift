import Addresses
import Netlink

/// What the host's own network looks like: which subnets are taken, and how large a packet may be.
struct HostNetwork: Sendable {
  let socket: NetlinkSocket

  init() throws { socket = try NetlinkSocket(.route) }

  /// Subnets of interfaces and routes. Blocking, some ten microseconds.
  func subnets() throws -> [IPNetwork] {
    try socket.addresses().map(\.address.base) + socket.routes().map(\.destination.base)
  }

  /// The MTU of the interface that the default route goes out of; 1500 without one.
  func mtu() throws -> Int {
    let outgoing = try socket.routes().filter { $0.destination.prefix == 0 }.min { $0.metric < $1.metric }?.link
    guard let index = outgoing, let link = try socket.link(index) else { return 1500 }
    return link.mtu
  }
}
