/// One entry of `HostConfig.Binds`, in the words of Docker's `-v`: `[source:]target[:options]`.
public struct BindSpecification: Sendable, Hashable {
  /// A host path (absolute), a volume's name, or nil for an anonymous volume.
  public var source: String?
  public var target: String
  public var readOnly: Bool
  /// Do not fill a new volume from the image.
  public var noCopy: Bool
  public var propagation: String?
  /// The options as they were written: shown as `Mode` by inspect.
  public var mode: String

  /// Whether the source is a path of the host rather than a volume.
  public var isHostPath: Bool { source?.hasPrefix("/") ?? false }

  public init(
    source: String? = nil, target: String, readOnly: Bool = false, noCopy: Bool = false, propagation: String? = nil,
    mode: String = ""
  ) {
    self.source = source
    self.target = target
    self.readOnly = readOnly
    self.noCopy = noCopy
    self.propagation = propagation
    self.mode = mode
  }

  static let propagations: Set<String> = ["private", "rprivate", "slave", "rslave", "shared", "rshared"]

  /// Reads one entry, with Docker's errors (moby `volume/mounts/linux_parser.go`).
  public init(_ text: String) throws(InvalidValue) {
    let invalid = InvalidValue("invalid volume specification: '\(text)'")
    let parts = text.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
    guard let first = parts.first, !first.isEmpty else { throw invalid }
    self.init(target: first)
    switch parts.count {
    case 1: break
    case 2:
      guard !parts[1].isEmpty, !Self.isMode(parts[1]) else { throw invalid }
      source = first
      target = parts[1]
    case 3:
      guard !parts[1].isEmpty else { throw invalid }
      source = first
      target = parts[1]
      mode = parts[2]
    default: throw invalid
    }
    guard Self.isMode(mode) || mode.isEmpty else { throw InvalidValue("\(invalid.message): invalid mode: \(mode)") }
    guard target.hasPrefix("/") else {
      throw InvalidValue(
        "\(invalid.message): invalid mount config for type \"\(isHostPath ? "bind" : "volume")\": "
          + "invalid mount path: '\(target)' mount path must be absolute")
    }
    target = cleanPath(target)
    guard target != "/" else {
      throw InvalidValue("\(invalid.message): invalid specification: destination can't be '/'")
    }
    for option in mode.split(separator: ",") {
      switch option {
      case "ro": readOnly = true
      case "nocopy": noCopy = true
      case _ where Self.propagations.contains(String(option)): propagation = String(option)
      default: break
      }
    }
    if propagation != nil, !isHostPath {
      throw InvalidValue("\(invalid.message): invalid mode: \(mode)")
    }
    if let source, isHostPath {
      self.source = cleanPath(source)
    } else if let source {
      try validateVolumeName(source)
    }
  }

  /// Whether the text is a list of mount options, each kind at most once.
  private static func isMode(_ text: String) -> Bool {
    var seen: Set<String> = []
    for option in text.split(separator: ",", omittingEmptySubsequences: false) {
      let kind: String
      switch option {
      case "rw", "ro": kind = "access"
      case "z", "Z": kind = "label"
      case "nocopy": kind = "copy"
      case "consistent", "cached", "delegated", "default": kind = "consistency"
      case _ where propagations.contains(String(option)): kind = "propagation"
      default: return false
      }
      guard seen.insert(kind).inserted else { return false }
    }
    return true
  }
}

/// The shortest path of the same meaning by its text alone, as Go's `path.Clean`: no `.`, `..`, or empty components.
public func cleanPath(_ path: String) -> String {
  var kept: [Substring] = []
  let absolute = path.hasPrefix("/")
  for component in path.split(separator: "/") where component != "." {
    if component == ".." {
      if let last = kept.last, last != ".." {
        kept.removeLast()
      } else if !absolute {
        kept.append(component)
      }
    } else {
      kept.append(component)
    }
  }
  let joined = kept.joined(separator: "/")
  return absolute ? "/" + joined : joined.isEmpty ? "." : joined
}

/// Refuses what is not a volume's name, in Docker's words.
public func validateVolumeName(_ name: String) throws(InvalidValue) {
  guard name.utf8.count > 1 else {
    throw InvalidValue("volume name is too short, names should be at least two alphanumeric characters")
  }
  guard isRestrictedName(name) else {
    throw InvalidValue(
      "\"\(name)\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are "
        + "allowed. If you intended to pass a host directory, use absolute path")
  }
}

/// Refuses what is not a container's name, in Docker's words. A leading slash is allowed.
public func validateContainerName(_ name: String) throws(InvalidValue) {
  let bare = name.hasPrefix("/") ? String(name.dropFirst()) : name
  guard bare.utf8.count > 1, isRestrictedName(bare) else {
    throw InvalidValue(
      "Invalid container name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
  }
}

/// `[a-zA-Z0-9][a-zA-Z0-9_.-]*`
private func isRestrictedName(_ name: String) -> Bool {
  func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 48...57: true
    default: false
    }
  }
  guard let first = name.utf8.first, isAlphanumeric(first) else { return false }
  return name.utf8.allSatisfy {
    isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
  }
}
