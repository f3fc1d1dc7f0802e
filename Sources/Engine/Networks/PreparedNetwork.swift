import Drivers
import EngineAPI
import LinuxSystem
import Netlink
import ShimProtocol

/// What a container's network will be: addresses claimed and plans computed, nothing touched yet.
struct PreparedNetwork: Sendable {
  /// The endpoints with their plans as intents, in the order of their interfaces.
  var endpoints: [EndpointRecord]
  /// Whether the container waits for the daemon to wire its network namespace.
  var needsWiring: Bool
  /// Contents of the files that are bound into the container; nil: the host's own.
  var hosts: [UInt8]?
  var resolvConf: [UInt8]?
}

/// The container's network namespace and a netlink socket opened inside it, lent by the shim.
struct NamespaceDescriptors: Sendable {
  let namespace: NetworkNamespace

  init?(_ created: Container.CreatedNamespaces) throws {
    var network: OwnedDescriptor?
    var netlink: OwnedDescriptor?
    for kind in created.created.descriptors {
      guard let raw = created.descriptors.takeRaw() else { break }
      switch kind {
      case .networkNamespace: network = OwnedDescriptor(owning: raw)
      case .netlink: netlink = OwnedDescriptor(owning: raw)
      default: _ = OwnedDescriptor(owning: raw)
      }
    }
    guard let network, let netlink else { return nil }
    namespace = NetworkNamespace(descriptor: network, socket: try NetlinkSocket(adopting: netlink))
  }
}
