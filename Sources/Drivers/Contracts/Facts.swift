/// What a driver may want to know about the machine, so that it reads nothing itself.
public struct Facts: Codable, Sendable, Hashable {
  /// The daemon's id: part of every owner mark, and of names where two daemons on one machine must not collide.
  public var daemon: String
  /// Where the driver's paths lie.
  public var root: String
  /// Subnets in use on this machine (interfaces, routes, other networks), CIDR.
  public var subnets: [String]
  /// MTU of the interface that the default route goes out of.
  public var mtu: Int
  /// What the kernel can do: "overlay-lowerdir+", "idmap", "nft", "veth", …
  public var features: [String]

  public init(
    daemon: String, root: String, subnets: [String] = [], mtu: Int = 1500, features: [String] = []
  ) {
    self.daemon = daemon
    self.root = root
    self.subnets = subnets
    self.mtu = mtu
    self.features = features
  }
}

/// The container that something is asked for.
public struct ContainerSummary: Codable, Sendable, Hashable {
  public var id: String
  /// Without a leading slash.
  public var name: String
  public var labels: [String: String]

  public init(id: String, name: String, labels: [String: String] = [:]) {
    self.id = id
    self.name = name
    self.labels = labels
  }
}
