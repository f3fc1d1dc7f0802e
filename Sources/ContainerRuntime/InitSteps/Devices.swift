import CLinux
import LinuxSystem
import OCI

/// Device nodes and links of /dev (config-linux.md#default-devices). Not when /dev is a bind mount: the nodes would
/// be made in the host's directory.
enum Devices {
  static let defaults: [RuntimeDevice] = [
    device("/dev/null", 1, 3), device("/dev/zero", 1, 5), device("/dev/full", 1, 7), device("/dev/random", 1, 8),
    device("/dev/urandom", 1, 9), device("/dev/tty", 5, 0),
  ]
  private static let links: [(path: String, target: String)] = [
    ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"), ("ptmx", "pts/ptmx"),
  ]

  private static func device(_ path: String, _ major: Int64, _ minor: Int64) -> RuntimeDevice {
    RuntimeDevice(type: "c", path: path, major: major, minor: minor, fileMode: 0o666, uid: 0, gid: 0)
  }

  static func make(_ wanted: [RuntimeDevice], in root: borrowing SafePath) throws {
    let old = cl_umask(0)
    defer { _ = cl_umask(old) }
    let paths = Set(wanted.map { SafePath.clean($0.path) })
    for device in defaults where !paths.contains(device.path) { try make(device, in: root) }
    for device in wanted { try make(device, in: root) }
    let directory = try root.makeDirectory("/dev")
    for link in links {
      if link.path == "core", !FileStatus.exists("/proc/kcore") { continue }
      let result = cl_symlinkat(link.target, directory.rawValue, link.path)
      if result < 0 && result != -Errno.exists.rawValue { try check(result, "symlink", "/dev/" + link.path) }
    }
  }

  private static func make(_ device: RuntimeDevice, in root: borrowing SafePath) throws {
    let type: UInt32
    switch device.type {
    case "c", "u": type = 0o020000
    case "b": type = 0o060000
    case "p": type = 0o010000
    default:
      throw RuntimeError(
        .invalidConfiguration, step: "devices", "\(device.path): \"\(device.type)\" is no device type: use c, b or p")
    }
    let number = cl_makedev(
      UInt32(truncatingIfNeeded: device.major ?? 0), UInt32(truncatingIfNeeded: device.minor ?? 0))
    let (parent, name) = SafePath.split(device.path)
    let directory = try root.makeDirectory(parent)
    let mode = type | (device.fileMode ?? 0o666) & 0o7777
    var result = cl_mknodat(directory.rawValue, name, mode, number)
    if result == -Errno.exists.rawValue {
      let status = try FileStatus.of(name, follow: false, at: .descriptor(directory))
      if status.mode & 0o170000 == type, status.specialDevice == number || type == 0o010000 { return }
      try check(cl_unlinkat(directory.rawValue, name, 0), "replace", device.path)
      result = cl_mknodat(directory.rawValue, name, mode, number)
    }
    try check(result, "mknod", device.path)
    if device.uid ?? 0 != 0 || device.gid ?? 0 != 0 {
      try check(
        cl_fchownat(directory.rawValue, name, device.uid ?? 0, device.gid ?? 0, Int32(CL_AT_SYMLINK_NOFOLLOW)), "chown",
        device.path)
    }
  }
}
