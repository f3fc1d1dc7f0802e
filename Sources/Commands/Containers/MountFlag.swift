internal import EngineAPI

/// `--mount type=bind,source=/a,target=/b,readonly` (docker/cli, opts/mount.go).
enum MountFlag {
  static func parse(_ text: String, _ surroundings: Surroundings) throws -> Mount {
    var mount = Mount(type: "volume")
    for field in try CommaSeparated.fields(text) {
      let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let key = parts[0].lowercased()
      if parts.count == 1 {
        switch key {
        case "readonly", "ro": mount.readOnly = true
        case "volume-nocopy": volume(&mount) { $0.noCopy = true }
        case "bind-nonrecursive": bind(&mount) { $0.nonRecursive = true }
        default: throw UsageError("invalid field '\(field)' must be a key=value pair")
        }
        continue
      }
      try set(key, parts[1], &mount, surroundings)
    }
    try check(mount)
    return mount
  }

  private static func set(
    _ key: String, _ value: String, _ mount: inout Mount, _ surroundings: Surroundings
  ) throws {
    func bool() throws -> Bool {
      guard let result = Flag.bool(value) else { throw UsageError("invalid value for \(key): \(value)") }
      return result
    }
    switch key {
    case "type": mount.type = value.lowercased()
    case "source", "src":
      // `.` and `./x` are relative to here, as with -v.
      let isRelative = value == "." || value.hasPrefix("./")
      mount.source = isRelative ? cleanPath(surroundings.absolute(value)) : value
    case "target", "dst", "destination": mount.target = value
    case "readonly", "ro": mount.readOnly = try bool()
    case "consistency": mount.consistency = value.lowercased()
    case "bind-propagation": bind(&mount) { $0.propagation = value.lowercased() }
    case "bind-nonrecursive":
      let isSet = try bool()
      bind(&mount) { $0.nonRecursive = isSet }
    case "bind-recursive":
      switch value {
      case "enabled": break
      case "disabled": bind(&mount) { $0.nonRecursive = true }
      case "writable": bind(&mount) { $0.readOnlyNonRecursive = true }
      case "readonly": bind(&mount) { $0.readOnlyForceRecursive = true }
      default:
        throw UsageError(
          "invalid value for bind-recursive: \(value) (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")"
        )
      }
    case "volume-subpath": volume(&mount) { $0.subpath = value }
    case "volume-nocopy":
      let isSet = try bool()
      volume(&mount) { $0.noCopy = isSet }
    case "volume-label":
      let pair = KeyValueFiles.looseMap([value]) ?? [:]
      volume(&mount) { $0.labels = ($0.labels ?? [:]).merging(pair) { $1 } }
    case "volume-driver":
      volume(&mount) { $0.driverConfig = VolumeDriverConfig(name: value, options: $0.driverConfig?.options) }
    case "volume-opt":
      let pair = KeyValueFiles.looseMap([value]) ?? [:]
      volume(&mount) {
        let options = ($0.driverConfig?.options ?? [:]).merging(pair) { $1 }
        $0.driverConfig = VolumeDriverConfig(name: $0.driverConfig?.name, options: options)
      }
    case "image-subpath": mount.imageOptions = ImageOptions(subpath: value)
    case "tmpfs-size":
      let size = try ByteSize.parse(value)
      tmpfs(&mount) { $0.sizeBytes = size }
    case "tmpfs-mode":
      guard let mode = Int(value, radix: 8) else { throw UsageError("invalid value for \(key): \(value)") }
      tmpfs(&mount) { $0.mode = mode }
    default: throw UsageError("unexpected key '\(key)' in '\(key)=\(value)'")
    }
  }

  private static func check(_ mount: Mount) throws {
    guard !mount.type.isEmpty else { throw UsageError("type is required") }
    guard !mount.target.isEmpty else { throw UsageError("target is required") }
    for (options, type) in [
      (mount.volumeOptions != nil, "volume"), (mount.bindOptions != nil, "bind"), (mount.tmpfsOptions != nil, "tmpfs"),
      (mount.imageOptions != nil, "image"),
    ] where options && mount.type != type {
      throw UsageError("cannot mix '\(type)-*' options with mount type '\(mount.type)'")
    }
    if mount.bindOptions?.readOnlyNonRecursive ?? false, !(mount.readOnly ?? false) {
      throw UsageError("option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction")
    }
    if mount.bindOptions?.readOnlyForceRecursive ?? false {
      guard mount.readOnly ?? false else {
        throw UsageError("option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction")
      }
      guard mount.bindOptions?.propagation == "rprivate" else {
        throw UsageError(
          "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction")
      }
    }
  }

  private static func bind(_ mount: inout Mount, _ change: (inout BindOptions) -> Void) {
    var options = mount.bindOptions ?? BindOptions()
    change(&options)
    mount.bindOptions = options
  }

  private static func volume(_ mount: inout Mount, _ change: (inout VolumeOptions) -> Void) {
    var options = mount.volumeOptions ?? VolumeOptions()
    change(&options)
    mount.volumeOptions = options
  }

  private static func tmpfs(_ mount: inout Mount, _ change: (inout TmpfsOptions) -> Void) {
    var options = mount.tmpfsOptions ?? TmpfsOptions()
    change(&options)
    mount.tmpfsOptions = options
  }
}

/// One record of RFC 4180: fields between commas, quoted where they contain one.
enum CommaSeparated {
  static func fields(_ text: String) throws -> [String] {
    var fields: [String] = [""]
    var rest = text[...]
    while let character = rest.popFirst() {
      switch character {
      case ",": fields.append("")
      case "\"" where fields[fields.count - 1].isEmpty:
        var isClosed = false
        while let inner = rest.popFirst() {
          if inner != "\"" {
            fields[fields.count - 1].append(inner)
          } else if rest.first == "\"" {
            rest.removeFirst()
            fields[fields.count - 1].append("\"")
          } else {
            isClosed = true
            break
          }
        }
        guard isClosed else { throw UsageError("parse error: extraneous or missing \" in quoted-field: \(text)") }
      default: fields[fields.count - 1].append(character)
      }
    }
    return fields
  }
}
