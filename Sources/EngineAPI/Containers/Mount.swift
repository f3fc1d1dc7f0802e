/// One entry of `HostConfig.Mounts`: the structured form of a mount, as `--mount` sends it.
public struct Mount: Codable, Sendable, Hashable {
  /// `bind`, `volume`, `tmpfs`, `image`, `npipe` or `cluster`.
  public var type: String
  public var source: String?
  public var target: String
  public var readOnly: Bool?
  public var consistency: String?
  public var bindOptions: BindOptions?
  public var volumeOptions: VolumeOptions?
  public var imageOptions: ImageOptions?
  public var tmpfsOptions: TmpfsOptions?

  public init(
    type: String = "", source: String? = nil, target: String = "", readOnly: Bool? = nil, consistency: String? = nil,
    bindOptions: BindOptions? = nil, volumeOptions: VolumeOptions? = nil, imageOptions: ImageOptions? = nil,
    tmpfsOptions: TmpfsOptions? = nil
  ) {
    self.type = type
    self.source = source
    self.target = target
    self.readOnly = readOnly
    self.consistency = consistency
    self.bindOptions = bindOptions
    self.volumeOptions = volumeOptions
    self.imageOptions = imageOptions
    self.tmpfsOptions = tmpfsOptions
  }

  enum CodingKeys: String, CodingKey {
    case type = "Type"
    case source = "Source"
    case target = "Target"
    case readOnly = "ReadOnly"
    case consistency = "Consistency"
    case bindOptions = "BindOptions"
    case volumeOptions = "VolumeOptions"
    case imageOptions = "ImageOptions"
    case tmpfsOptions = "TmpfsOptions"
  }
}

/// How the host's path is bound.
public struct BindOptions: Codable, Sendable, Hashable {
  /// `private`, `shared`, `slave` or with an `r` before it.
  public var propagation: String?
  public var nonRecursive: Bool?
  public var createMountpoint: Bool?
  public var readOnlyNonRecursive: Bool?
  public var readOnlyForceRecursive: Bool?

  public init(
    propagation: String? = nil, nonRecursive: Bool? = nil, createMountpoint: Bool? = nil,
    readOnlyNonRecursive: Bool? = nil, readOnlyForceRecursive: Bool? = nil
  ) {
    self.propagation = propagation
    self.nonRecursive = nonRecursive
    self.createMountpoint = createMountpoint
    self.readOnlyNonRecursive = readOnlyNonRecursive
    self.readOnlyForceRecursive = readOnlyForceRecursive
  }

  enum CodingKeys: String, CodingKey {
    case propagation = "Propagation"
    case nonRecursive = "NonRecursive"
    case createMountpoint = "CreateMountpoint"
    case readOnlyNonRecursive = "ReadOnlyNonRecursive"
    case readOnlyForceRecursive = "ReadOnlyForceRecursive"
  }
}

/// How the volume is found, made and filled.
public struct VolumeOptions: Codable, Sendable, Hashable {
  /// Do not fill a new volume from the image.
  public var noCopy: Bool?
  public var labels: [String: String]?
  public var subpath: String?
  public var driverConfig: VolumeDriverConfig?

  public init(
    noCopy: Bool? = nil, labels: [String: String]? = nil, subpath: String? = nil,
    driverConfig: VolumeDriverConfig? = nil
  ) {
    self.noCopy = noCopy
    self.labels = labels
    self.subpath = subpath
    self.driverConfig = driverConfig
  }

  enum CodingKeys: String, CodingKey {
    case noCopy = "NoCopy"
    case labels = "Labels"
    case subpath = "Subpath"
    case driverConfig = "DriverConfig"
  }
}

/// The driver of a volume that a mount creates.
public struct VolumeDriverConfig: Codable, Sendable, Hashable {
  public var name: String?
  public var options: [String: String]?

  public init(name: String? = nil, options: [String: String]? = nil) {
    self.name = name
    self.options = options
  }

  enum CodingKeys: String, CodingKey {
    case name = "Name"
    case options = "Options"
  }
}

/// Which part of an image is mounted.
public struct ImageOptions: Codable, Sendable, Hashable {
  public var subpath: String?

  public init(subpath: String? = nil) {
    self.subpath = subpath
  }

  enum CodingKeys: String, CodingKey {
    case subpath = "Subpath"
  }
}

/// Size and mode of a tmpfs.
public struct TmpfsOptions: Codable, Sendable, Hashable {
  public var sizeBytes: Int64?
  /// Permission bits.
  public var mode: Int?
  /// Each a flag, or a key and its value.
  public var options: [[String]]?

  public init(sizeBytes: Int64? = nil, mode: Int? = nil, options: [[String]]? = nil) {
    self.sizeBytes = sizeBytes
    self.mode = mode
    self.options = options
  }

  enum CodingKeys: String, CodingKey {
    case sizeBytes = "SizeBytes"
    case mode = "Mode"
    case options = "Options"
  }
}
