/// A mount of a container as inspect and list show it.
public struct MountPoint: Codable, Sendable, Hashable {
  public var type: String
  /// The volume's name.
  public var name: String?
  public var source: String
  public var destination: String
  public var driver: String?
  public var mode: String
  public var rw: Bool
  public var propagation: String

  public init(
    type: String = "", name: String? = nil, source: String = "", destination: String = "", driver: String? = nil,
    mode: String = "", rw: Bool = false, propagation: String = ""
  ) {
    self.type = type
    self.name = name
    self.source = source
    self.destination = destination
    self.driver = driver
    self.mode = mode
    self.rw = rw
    self.propagation = propagation
  }

  enum CodingKeys: String, CodingKey {
    case type = "Type"
    case name = "Name"
    case source = "Source"
    case destination = "Destination"
    case driver = "Driver"
    case mode = "Mode"
    case rw = "RW"
    case propagation = "Propagation"
  }
}
