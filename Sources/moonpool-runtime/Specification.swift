import CLinux
import JSON
import LinuxSystem
import OCI

/// What the command line knows of the specification beside its types.
enum Specification {
  private static func rule(_ type: String, _ major: Int64?, _ minor: Int64?, _ access: String) -> RuntimeDeviceRule {
    RuntimeDeviceRule(allow: true, type: type, major: major, minor: minor, access: access)
  }

  /// Access to the default devices (config-linux.md#default-devices), terminals, and making nodes of any kind.
  static let defaultDeviceRules: [RuntimeDeviceRule] = [
    rule("c", nil, nil, "m"), rule("b", nil, nil, "m"), rule("c", 1, 3, "rwm"), rule("c", 1, 8, "rwm"),
    rule("c", 1, 7, "rwm"), rule("c", 5, 0, "rwm"), rule("c", 1, 5, "rwm"), rule("c", 1, 9, "rwm"),
    rule("c", 5, 1, "rwm"), rule("c", 136, nil, "rwm"), rule("c", 5, 2, "rwm"),
  ]

  private static let flags: [String: UInt32] = [
    "SECCOMP_FILTER_FLAG_TSYNC": UInt32(CL_SECCOMP_FLAG_TSYNC), "SECCOMP_FILTER_FLAG_LOG": UInt32(CL_SECCOMP_FLAG_LOG),
    "SECCOMP_FILTER_FLAG_SPEC_ALLOW": UInt32(CL_SECCOMP_FLAG_SPEC_ALLOW),
  ]

  static func seccompFlags(_ names: [String]) throws(UsageError) -> UInt32 {
    var bits: UInt32 = 0
    for name in names {
      guard let bit = flags[name] else { throw UsageError("seccomp flag \"\(name)\" is not supported") }
      bits |= bit
    }
    return bits
  }

  /// The configuration that `spec` writes: a shell in what is the bundle's `rootfs`.
  static let example = RuntimeSpec(
    process: RuntimeProcess(
      terminal: true, args: ["sh"],
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
      capabilities: RuntimeCapabilities(
        bounding: capabilities, effective: capabilities, permitted: capabilities),
      rlimits: [RuntimeRlimit(type: "RLIMIT_NOFILE", soft: 1024, hard: 1024)], noNewPrivileges: true),
    root: RuntimeRoot(path: "rootfs", readonly: true), hostname: "moonpool",
    mounts: [
      RuntimeMount(destination: "/proc", type: "proc", source: "proc"),
      RuntimeMount(
        destination: "/dev", type: "tmpfs", source: "tmpfs",
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
      RuntimeMount(
        destination: "/dev/pts", type: "devpts", source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
      RuntimeMount(
        destination: "/dev/shm", type: "tmpfs", source: "shm",
        options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]),
      RuntimeMount(
        destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]),
      RuntimeMount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
      RuntimeMount(
        destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "ro"]),
    ],
    linux: RuntimeLinux(
      namespaces: [.pid, .network, .ipc, .uts, .mount, .cgroup].map { RuntimeNamespace(type: $0) },
      resources: RuntimeResources(devices: [RuntimeDeviceRule(allow: false, access: "rwm")]),
      maskedPaths: [
        "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
      ],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]))

  private static let capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]

  static func write(to path: String) throws {
    if FileStatus.exists(path) { throw UsageError("\(path) exists already") }
    let bytes = JSON.write(try JSON.value(of: example), pretty: true)
    try File.replace(path, with: bytes + [UInt8(ascii: "\n")], mode: 0o644)
  }

  /// features.md of the runtime specification.
  static func features() -> JSONValue {
    func strings(_ list: [String]) -> JSONValue { .array(list.map { .string($0) }) }
    return [
      "ociVersionMin": "1.0.0", "ociVersionMax": "1.2.0",
      "hooks": strings(["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]),
      "mountOptions": strings(
        [
          "async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "iversion", "lazytime", "loud",
          "mand",
          "noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "nomand", "norelatime",
          "nostrictatime",
          "nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime", "rexec", "rnoatime",
          "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid", "rnosymfollow", "ro",
          "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid", "rsymfollow",
          "runbindable",
          "rw", "shared", "silent", "slave", "strictatime", "suid", "symfollow", "sync", "unbindable",
        ]),
      "linux": [
        "namespaces": strings(["cgroup", "ipc", "mount", "network", "pid", "uts"]),
        "capabilities": strings(CapabilitySet.named.names),
        "cgroup": ["v1": true, "v2": true, "systemd": false, "systemdUser": false, "rdma": false],
        "seccomp": [
          "enabled": true, "knownFlags": strings(flags.keys.sorted()), "supportedFlags": strings(flags.keys.sorted()),
        ],
        "apparmor": ["enabled": true], "selinux": ["enabled": true], "intelRdt": ["enabled": false],
        "mountExtensions": ["idmap": ["enabled": false]],
      ],
    ]
  }
}
