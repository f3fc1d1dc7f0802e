public import JSON

/// A mount: `{ mount = "/data", type = "bind", source = "/srv/data", readonly = "recursive", site = "mntns" }`.
///
/// In `mntns` the target is a path of the container and the mount is made by its first process; `host` mounts are the
/// daemon's and rare.
public struct MountStep: StepPayload {
  public enum Propagation: String, Sendable, Hashable, CaseIterable {
    case `private`, rprivate, slave, rslave, shared, rshared
  }
  public enum ReadOnly: String, Sendable, Hashable, CaseIterable {
    /// This mount alone.
    case top
    /// With all mounts below it (mount_setattr AT_RECURSIVE).
    case recursive
  }

  public var target: Field<String>
  /// A file system type, or "bind".
  public var type: String
  public var source: Field<String>?
  /// As mount(8) writes them: "nosuid", "size=64m".
  public var options: [String]
  public var propagation: Propagation?
  /// In the table also `true`, which means recursive.
  public var readOnly: ReadOnly?

  public static let verb = "mount"
  public static let sites: [Site] = [.mntns, .host]

  public init(
    target: Field<String>, type: String = "bind", source: Field<String>? = nil, options: [String] = [],
    propagation: Propagation? = nil, readOnly: ReadOnly? = nil
  ) {
    self.target = target
    self.type = type
    self.source = source
    self.options = options
    self.propagation = propagation
    self.readOnly = readOnly
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    target = try StepReader.required(try box.reader.path("mount"), "mount")
    type = try box.reader.string("type") ?? "bind"
    source = try box.reader.text("source")
    options = try box.reader.texts("options") ?? []
    propagation = try box.reader.choice("propagation", Propagation.self)
    switch box.reader.value("readonly") {
    case .bool(let flag): readOnly = flag ? .recursive : nil
    case nil: readOnly = nil
    default: readOnly = try box.reader.choice("readonly", ReadOnly.self)
    }
    if type == "bind", source == nil { throw PlanError("a bind mount has a source", path: "source") }
  }

  public var fields: JSONObject {
    var object: JSONObject = ["mount": target.json, "type": .string(type)]
    object["source"] = source?.json
    if !options.isEmpty { object["options"] = .array(options.map { .string($0) }) }
    object["propagation"] = propagation.map { .string($0.rawValue) }
    object["readonly"] = readOnly.map { .string($0.rawValue) }
    return object
  }
  public var subject: String { target.shown }
}
