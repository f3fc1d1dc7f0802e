/// A volume to be made: `POST /volumes/create`.
public struct VolumeCreateRequest: Codable, Sendable, Hashable {
  /// empty: a random name of 64 hexadecimal digits.
  public var name: String
  public var driver: String
  public var driverOpts: [String: String]?
  public var labels: [String: String]?

  public init(
    name: String = "", driver: String = "", driverOpts: [String: String]? = nil, labels: [String: String]? = nil
  ) {
    self.name = name
    self.driver = driver
    self.driverOpts = driverOpts
    self.labels = labels
  }

  enum CodingKeys: String, CodingKey {
    case name = "Name"
    case driver = "Driver"
    case driverOpts = "DriverOpts"
    case labels = "Labels"
  }
}
