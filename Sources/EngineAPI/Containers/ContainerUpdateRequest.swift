/// New limits and a new restart policy for a container: `POST /containers/{id}/update`. Of the host configuration only
/// the resources and the restart policy may be stated; a field that is nil, or a number that is 0, stays as it was.
public struct ContainerUpdateRequest: Codable, Sendable, Hashable {
  public var hostConfig: HostConfig

  public init(hostConfig: HostConfig = HostConfig()) { self.hostConfig = hostConfig }

  public init(from decoder: any Decoder) throws { hostConfig = try HostConfig(from: decoder) }

  public func encode(to encoder: any Encoder) throws { try hostConfig.encode(to: encoder) }
}
