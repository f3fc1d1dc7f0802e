/// A container to be made: `POST /containers/create`. On the wire the fields of ``ContainerConfig`` stand at the top,
/// beside `HostConfig` and `NetworkingConfig`.
public struct ContainerCreateRequest: Codable, Sendable, Hashable {
  public var config: ContainerConfig
  public var hostConfig: HostConfig
  public var networkingConfig: NetworkingConfig

  public init(
    config: ContainerConfig = ContainerConfig(), hostConfig: HostConfig = HostConfig(),
    networkingConfig: NetworkingConfig = NetworkingConfig()
  ) {
    self.config = config
    self.hostConfig = hostConfig
    self.networkingConfig = networkingConfig
  }

  enum CodingKeys: String, CodingKey {
    case hostConfig = "HostConfig"
    case networkingConfig = "NetworkingConfig"
  }

  public init(from decoder: any Decoder) throws {
    config = try ContainerConfig(from: decoder)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    hostConfig = try container.decode(HostConfig.self, forKey: .hostConfig)
    networkingConfig = try container.decode(NetworkingConfig.self, forKey: .networkingConfig)
  }

  public func encode(to encoder: any Encoder) throws {
    try config.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(hostConfig, forKey: .hostConfig)
    try container.encode(networkingConfig, forKey: .networkingConfig)
  }
}
