public import LinuxSystem
public import Netlink

/// A container's network namespace, lent by its shim.
public final class NetworkNamespace: Sendable {
  /// The namespace itself, for what is made directly in it from outside.
  let descriptor: OwnedDescriptor
  /// A route socket that was opened inside.
  public let socket: NetlinkSocket

  public init(descriptor: consuming OwnedDescriptor, socket: NetlinkSocket) {
    self.descriptor = descriptor
    self.socket = socket
  }
}

/// The places that one application of a plan can reach besides the host.
public struct Sites: Sendable {
  /// Nil where there is none: applying a `netns` step is an error then, and undoing one is not needed, as a namespace
  /// takes everything in it along.
  public var netns: NetworkNamespace?
  /// Every path of the plan lies under one of these directories.
  public var roots: [String]
  /// The merged tree of the container's image, for `seed`.
  public var image: (any ImageTree)?
  /// Names of reserved sockets that somebody (the shim) is known to hold.
  public var heldPorts: Set<String>
  /// For undo: the container's network namespace is ending by itself, and the kernel takes its veth pairs with it. Removing
  /// them here would wait 10 to 30 ms for the same.
  public var namespaceEnds: Bool

  public init(
    netns: NetworkNamespace? = nil, roots: [String] = [], image: (any ImageTree)? = nil, heldPorts: Set<String> = [],
    namespaceEnds: Bool = false
  ) {
    self.netns = netns
    self.roots = roots
    self.image = image
    self.heldPorts = heldPorts
    self.namespaceEnds = namespaceEnds
  }
}

/// The merged tree of an image, readable while the body runs; nothing of it is in the host's mount table.
public protocol ImageTree: Sendable {
  /// - Parameter body: gets a directory descriptor of the tree's root.
  func withRoot(_ body: (Int32) throws -> Void) throws
}
