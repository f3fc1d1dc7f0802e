public import JSON
public import Plans

/// Gives containers a root file system over the layers of an image. Pure. The words are containerd's.
///
/// `prepare` makes a writable snapshot, `view` a read-only one, `commit` turns a writable one into a layer. Their
/// `result` is a `SnapshotResult`: nothing is mounted here, the mounts are applied in the container's namespace.
public protocol StorageDriver: Sendable {
  func prepare(_ snapshot: SnapshotRequest) async throws -> Plan
  func view(_ snapshot: SnapshotRequest) async throws -> Plan
  func commit(_ snapshot: SnapshotRequest) async throws -> Plan
}

/// A snapshot as a driver sees it.
public struct SnapshotRequest: Codable, Sendable, Hashable {
  public struct Parent: Codable, Sendable, Hashable {
    /// The chain id of the layer and those below it.
    public var key: String
    /// The directory with the layer's own content.
    public var path: String

    public init(key: String, path: String) {
      self.key = key
      self.path = path
    }
  }

  public var key: String
  /// A directory for this snapshot alone; the driver makes it.
  public var root: String
  /// The layers, topmost first, as overlayfs lists lower directories.
  public var parents: [Parent]
  public var labels: [String: String]
  public var facts: Facts

  public init(
    key: String, root: String, parents: [Parent], labels: [String: String] = [:], facts: Facts
  ) {
    self.key = key
    self.root = root
    self.parents = parents
    self.labels = labels
    self.facts = facts
  }
}

/// What a storage plan's `result` says.
public struct SnapshotResult: Codable, Sendable, Hashable {
  public struct Mount: Codable, Sendable, Hashable {
    /// "overlay", "bind".
    public var type: String
    public var source: String?
    /// Overlay: `lowerdir` (a list, topmost first), `upperdir`, `workdir`. Others: as the file system has them.
    public var options: JSONObject

    public init(type: String, source: String? = nil, options: JSONObject = [:]) {
      self.type = type
      self.source = source
      self.options = options
    }

    enum CodingKeys: String, CodingKey { case type, source, options }

    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      type = try values.decode(String.self, forKey: .type)
      source = try values.decodeIfPresent(String.self, forKey: .source)
      options = try values.decodeIfPresent(JSONValue.self, forKey: .options)?.objectValue ?? [:]
    }

    public func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(type, forKey: .type)
      try values.encodeIfPresent(source, forKey: .source)
      try values.encode(JSONValue.object(options), forKey: .options)
    }
  }

  /// How deletions stand in `path`.
  public enum Whiteouts: String, Codable, Sendable, Hashable {
    /// As overlayfs marks: character device 0:0, opaque attribute.
    case overlay
    /// There are none: deletions were applied to a full copy.
    case apply
  }

  /// The directory whose content is this snapshot's own, and whose size is its usage.
  public var path: String
  /// Applied in order at the container's root, in its own mount namespace.
  public var mounts: [Mount]
  public var whiteouts: Whiteouts?

  public init(path: String, mounts: [Mount], whiteouts: Whiteouts? = nil) {
    self.path = path
    self.mounts = mounts
    self.whiteouts = whiteouts
  }
}
