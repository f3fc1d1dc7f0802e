import EngineAPI
import LinuxSystem
import OCI

/// Devices of the host for containers: `--device`, and every one of them for a privileged container.
enum HostDevices {
  /// The devices of a request with the cgroup rules that let them be used.
  static func resolve(_ host: HostConfig) throws -> (devices: [RuntimeDevice], rules: [RuntimeDeviceRule]) {
    if host.privileged ?? false {
      return (all(), [RuntimeDeviceRule(allow: true, access: "rwm")])
    }
    var devices: [RuntimeDevice] = []
    var rules = standardRules
    for mapping in host.devices ?? [] {
      for device in try resolve(mapping) {
        devices.append(device)
        rules.append(
          RuntimeDeviceRule(
            allow: true, type: device.type, major: device.major, minor: device.minor,
            access: mapping.cgroupPermissions.isEmpty ? "rwm" : mapping.cgroupPermissions))
      }
    }
    for rule in host.deviceCgroupRules ?? [] { rules.append(try parse(rule: rule)) }
    return (devices, rules)
  }

  /// Nothing but making nodes, the standard devices, terminals and pseudo terminals.
  static let standardRules: [RuntimeDeviceRule] = {
    func character(_ major: Int64?, _ minor: Int64?, _ access: String) -> RuntimeDeviceRule {
      RuntimeDeviceRule(allow: true, type: "c", major: major, minor: minor, access: access)
    }
    return [
      RuntimeDeviceRule(allow: false, access: "rwm"),
      character(nil, nil, "m"), RuntimeDeviceRule(allow: true, type: "b", access: "m"),
      character(1, 3, "rwm"), character(1, 5, "rwm"), character(1, 7, "rwm"), character(1, 8, "rwm"),
      character(1, 9, "rwm"), character(5, 0, "rwm"), character(5, 2, "rwm"), character(136, nil, "rwm"),
    ]
  }()

  private static func resolve(_ mapping: DeviceMapping) throws -> [RuntimeDevice] {
    let target = mapping.pathInContainer.isEmpty ? mapping.pathOnHost : mapping.pathInContainer
    let status: FileStatus
    do {
      status = try FileStatus.of(mapping.pathOnHost)
    } catch {
      throw EngineError(
        .invalidArgument,
        "error gathering device information while adding custom device \"\(mapping.pathOnHost)\": no such file or directory"
      )
    }
    if status.isDirectory { return walk(mapping.pathOnHost, as: target) }
    guard let device = device(status, path: target) else {
      throw EngineError(
        .invalidArgument,
        "error gathering device information while adding custom device \"\(mapping.pathOnHost)\": not a device node")
    }
    return [device]
  }

  private static func device(_ status: FileStatus, path: String) -> RuntimeDevice? {
    let type: String
    switch status.kind {
    case .characterDevice: type = "c"
    case .blockDevice: type = "b"
    default: return nil
    }
    // glibc's layout of dev_t (makedev(3)).
    let number = status.specialDevice
    let major = (number >> 8 & 0xFFF) | (number >> 32 & ~0xFFF)
    let minor = (number & 0xFF) | (number >> 12 & ~0xFF)
    return RuntimeDevice(
      type: type, path: path, major: Int64(major), minor: Int64(minor), fileMode: status.permissions, uid: status.uid,
      gid: status.gid)
  }

  private static func all() -> [RuntimeDevice] { walk("/dev", as: "/dev") }

  /// What a container has of its own is left out: terminals, shared memory, message queues.
  private static let own: Set = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console"]

  private static func walk(_ directory: String, as target: String) -> [RuntimeDevice] {
    var devices: [RuntimeDevice] = []
    for name in ((try? Directory.names(directory)) ?? []).sorted() where !own.contains(name) {
      guard let status = try? FileStatus.of("\(directory)/\(name)", follow: false) else { continue }
      if status.isDirectory {
        devices += walk("\(directory)/\(name)", as: "\(target)/\(name)")
      } else if let device = device(status, path: "\(target)/\(name)") {
        devices.append(device)
      }
    }
    return devices
  }

  /// "c 10:200 rwm", "b *:* m".
  private static func parse(rule: String) throws(EngineError) -> RuntimeDeviceRule {
    let parts = rule.split(separator: " ")
    let numbers = parts.count == 3 ? parts[1].split(separator: ":") : []
    func number(_ text: Substring) -> Int64?? { text == "*" ? .some(nil) : Int64(text).map { .some($0) } }
    guard parts.count == 3, ["a", "b", "c"].contains(parts[0]), numbers.count == 2,
      let major = number(numbers[0]), let minor = number(numbers[1]),
      parts[2].utf8.allSatisfy({ "rwm".utf8.contains($0) })
    else { throw EngineError(.invalidArgument, "invalid device cgroup rule format: '\(rule)'") }
    return RuntimeDeviceRule(
      allow: true, type: String(parts[0]), major: major, minor: minor, access: String(parts[2]))
  }
}
