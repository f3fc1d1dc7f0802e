import LinuxSystem
import Netlink

/// A network namespace of the test's own; gone with the last descriptor.
final class TestNamespace: Sendable {
  let descriptor: OwnedDescriptor

  /// The calling thread goes into a new namespace and comes back.
  init() throws {
    let home = try OwnedDescriptor.open("/proc/thread-self/ns/net")
    try Namespace.unshare(.network)
    let made = Result { try OwnedDescriptor.open("/proc/thread-self/ns/net").release() }
    try Namespace.enter(home, .network)
    descriptor = OwnedDescriptor(owning: try made.get())
  }

  func socket(_ family: NetlinkSocket.Family = .route) throws -> NetlinkSocket {
    try NetlinkSocket(family, inNamespace: descriptor.rawValue)
  }

  /// Runs a body without suspension inside the namespace.
  func inside<R>(_ body: () throws -> R) throws -> R {
    let home = try OwnedDescriptor.open("/proc/thread-self/ns/net")
    try Namespace.enter(descriptor, .network)
    let result = Result { try body() }
    try Namespace.enter(home, .network)
    return try result.get()
  }
}
