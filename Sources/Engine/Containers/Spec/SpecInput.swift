import EngineAPI
import LinuxSystem
import OCI

/// Everything the runtime spec of a container is built from: its record, and what had to be looked up on the host.
///
/// The lookup is done before (`SpecResolver`), so that the building itself is a pure function.
struct SpecInput: Sendable {
  var record: ContainerRecord
  var hostName: String
  /// The user of the container's program, resolved in its own /etc/passwd and /etc/group.
  var user: UserLookup.Identity
  /// The mounts below the root that are the container's own (volumes, binds, tmpfs, hosts files), in the order of
  /// their destinations.
  var mounts: [RuntimeMount]
  var cgroupsPath: String
  /// Namespaces of other containers to join, by kind; a path below /proc.
  var joined: [RuntimeNamespaceKind: String]
  /// `--device`, and for a privileged container every device of the host.
  var devices: [RuntimeDevice]
  var deviceRules: [RuntimeDeviceRule]
  /// The profile loaded by the daemon; nil where the kernel has no AppArmor.
  var apparmorProfile: String?
  var defaultShmSize: Int64
  var defaultUlimits: [Ulimit]
  var hostCapabilities: [String]
}
