import EngineAPI
import JSON

/// Everything the daemon must know about a container after it has died: one file, versioned.
///
/// What can be derived (the runtime spec, inspect's view, the shim's socket) is not kept.
struct ContainerRecord: Sendable, Codable {
  static let currentVersion = 1

  var version = ContainerRecord.currentVersion
  let id: String
  /// Without the slash that the API puts before it.
  var name: String
  let created: Timestamp
  /// Who created it; the `owner` of its events.
  let owner: Caller
  /// The request's configuration with the image's defaults filled in.
  var config: ContainerConfig
  var hostConfig: HostConfig
  /// The networks asked for, by name, with their settings.
  var networks: [String: EndpointSettings]
  /// The image's id ("sha256:…") and the reference it was asked for by.
  let image: String
  let imageReference: String
  let platform: String
  var mounts: [MountRecord]
  var state: RunState
  var restartCount: Int
  /// Set by stop and kill, cleared by start: `unless-stopped` does not start it at boot.
  var stoppedByUser: Bool
  /// What hooks changed in the request, and who did.
  var changes: [FieldChange]
  /// The number of this container's last event, and that event: after a crash between record and journal the event is
  /// inserted again from here (DESIGN §5).
  var eventSeq: Int64
  var lastEvent: JSONValue?

  var shortID: String { String(id.prefix(12)) }

  var stopSignal: String { config.stopSignal.flatMap { $0.isEmpty ? nil : $0 } ?? "SIGTERM" }

  /// Seconds between the stop signal and SIGKILL; nil waits for good.
  var stopTimeout: Int { config.stopTimeout ?? 10 }
}

/// A field of the request that a hook changed.
struct FieldChange: Sendable, Codable {
  var field: String
  var from: JSONValue
  var to: JSONValue
  var hook: String
  var rule: String
}

/// One mount of a container, resolved: what `inspect` shows under Mounts, and what the runtime is told.
struct MountRecord: Sendable, Codable, Hashable {
  enum Kind: String, Sendable, Codable { case bind, volume, tmpfs }

  var kind: Kind
  /// The volume's name.
  var name: String?
  /// Host path of a bind; a volume's is asked of its driver at every start.
  var source: String
  var destination: String
  var driver: String?
  /// As the client wrote it ("z", "ro,Z", …).
  var mode: String
  var readOnly: Bool
  var propagation: String
  /// The volume was made for this container alone and goes with `rm -v` or `--rm`.
  var anonymous: Bool
  /// The image's content at the destination is copied into the volume while it is empty.
  var copyUp: Bool
  var nonRecursive: Bool
  /// Create the bind's source as a directory when it is missing (`-v`, not `--mount`).
  var createSource: Bool
  /// A path inside the volume.
  var subpath: String?
  /// tmpfs options as mount(8) writes them.
  var tmpfsOptions: String
}
