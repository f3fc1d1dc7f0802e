/// Where a container's port is published on the host.
public struct PortBinding: Codable, Sendable, Hashable {
  /// empty: every address.
  public var hostIp: String
  /// A port, a range `8000-8010`, or empty for any free one.
  public var hostPort: String

  public init(hostIp: String = "", hostPort: String = "") {
    self.hostIp = hostIp
    self.hostPort = hostPort
  }

  enum CodingKeys: String, CodingKey {
    case hostIp = "HostIp"
    case hostPort = "HostPort"
  }
}
