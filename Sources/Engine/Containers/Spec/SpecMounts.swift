import EngineAPI
import OCI

/// The file systems every container has, and its own mounts after them.
enum SpecMounts {
  static func build(_ input: SpecInput, privileged: Bool) -> [RuntimeMount] {
    let host = input.record.hostConfig
    let taken = Set(input.mounts.map(\.destination))
    var mounts = standard(
      host, privileged: privileged, shmSize: host.shmSize.flatMap { $0 > 0 ? $0 : nil } ?? input.defaultShmSize)
    // A bind or volume at one of these places replaces it.
    mounts.removeAll { taken.contains($0.destination) }
    // Parents before children, whatever the order in the request.
    return mounts + input.mounts.sorted { depth($0.destination) < depth($1.destination) }
  }

  private static func depth(_ path: String) -> Int { path.split(separator: "/").count }

  private static func standard(_ host: HostConfig, privileged: Bool, shmSize: Int64) -> [RuntimeMount] {
    let access = privileged ? "rw" : "ro"
    var mounts = [
      RuntimeMount(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
      RuntimeMount(
        destination: "/dev", type: "tmpfs", source: "tmpfs",
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
      RuntimeMount(
        destination: "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
      RuntimeMount(
        destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", access]),
      RuntimeMount(
        destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
        options: [access, "nosuid", "noexec", "nodev"]),
    ]
    switch host.ipcMode {
    case "host":
      mounts.append(bind("/dev/mqueue", "/dev/mqueue"))
      mounts.append(bind("/dev/shm", "/dev/shm"))
    case "none":
      mounts.append(mqueue)
    default:
      mounts.append(mqueue)
      mounts.append(
        RuntimeMount(
          destination: "/dev/shm", type: "tmpfs", source: "shm",
          options: ["nosuid", "noexec", "nodev", "mode=1777", "size=\(shmSize)"]))
    }
    return mounts
  }

  private static let mqueue = RuntimeMount(
    destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"])

  private static func bind(_ source: String, _ destination: String) -> RuntimeMount {
    RuntimeMount(
      destination: destination, type: "bind", source: source, options: ["rbind", "nosuid", "noexec", "nodev"])
  }

  /// The root's propagation must let a shared or slave mount through.
  static func rootPropagation(_ mounts: [RuntimeMount]) -> String? {
    let options = mounts.flatMap(\.options)
    if options.contains(where: { $0 == "shared" || $0 == "rshared" }) { return "rshared" }
    if options.contains(where: { $0 == "slave" || $0 == "rslave" }) { return "rslave" }
    return nil
  }

  /// A bind or tmpfs of the record as the runtime is told; a volume's mount is its driver's.
  static func runtimeMount(_ mount: MountRecord) -> RuntimeMount {
    switch mount.kind {
    case .tmpfs:
      let options = mount.tmpfsOptions.split(separator: ",").map(String.init)
      return RuntimeMount(
        destination: mount.destination, type: "tmpfs", source: "tmpfs",
        options: ["nosuid", "nodev", "noexec"].filter { standard in
          !options.contains(String(standard.dropFirst(2)))
        } + options)
    case .bind, .volume:
      // Read-only reaches the mounts below too ("rro"), as in Docker 25 and later.
      let recursive = !mount.nonRecursive
      return RuntimeMount(
        destination: mount.destination, type: "bind", source: mount.source,
        options: [
          recursive ? "rbind" : "bind", mount.readOnly ? (recursive ? "rro" : "ro") : "rw",
          mount.propagation.isEmpty ? "rprivate" : mount.propagation,
        ])
    }
  }
}
