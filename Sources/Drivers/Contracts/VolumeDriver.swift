public import JSON
public import Plans

/// Keeps what containers keep. Pure.
public protocol VolumeDriver: Sendable {
  /// The plan of the volume (key `volume:NAME`). `result.path` is the directory with its content on the host.
  func create(_ volume: VolumeRequest) async throws -> Plan
  /// The plan of one mount of it in a container: a `mount` step in `mntns`, and `seed` for a volume that takes over
  /// what the image has at the target.
  func mount(_ volume: VolumeMountRequest) async throws -> Plan
}

/// A volume as a driver sees it: `volume.root`, `volume.options`.
public struct VolumeRequest: Codable, Sendable, Hashable {
  public var name: String
  public var labels: [String: String]
  /// As the user gave them, `--opt KEY=VALUE`.
  public var options: JSONObject
  /// A directory for this volume alone; the driver makes it.
  public var root: String
  /// The result of the applied `create` plan; null while it is being created.
  public var result: JSONValue
  public var facts: Facts

  public init(
    name: String, labels: [String: String] = [:], options: JSONObject = [:], root: String,
    result: JSONValue = .null, facts: Facts
  ) {
    self.name = name
    self.labels = labels
    self.options = options
    self.root = root
    self.result = result
    self.facts = facts
  }
}

/// `-v db:/var/lib/db:ro`.
public struct VolumeMountRequest: Codable, Sendable, Hashable {
  public var volume: VolumeRequest
  public var container: ContainerSummary
  /// The path in the container.
  public var target: String
  public var readOnly: Bool
  /// Whether an empty volume takes over what the image has at the target (false for `nocopy`).
  public var copy: Bool
  /// A path within the volume, relative.
  public var subpath: String?

  enum CodingKeys: String, CodingKey {
    case volume, container, target, copy, subpath
    case readOnly = "readonly"
  }

  public init(
    volume: VolumeRequest, container: ContainerSummary, target: String, readOnly: Bool = false, copy: Bool = true,
    subpath: String? = nil
  ) {
    self.volume = volume
    self.container = container
    self.target = target
    self.readOnly = readOnly
    self.copy = copy
    self.subpath = subpath
  }
}
