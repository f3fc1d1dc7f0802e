internal import EngineAPI

/// `--device` and its relatives.
enum DeviceFlags {
  /// `/dev/x[:/dev/y][:rwm]`; anything else is a CDI name and left to the daemon.
  static func mapping(_ text: String) throws -> DeviceMapping {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    func isMode(_ text: String) -> Bool {
      !text.isEmpty && text.allSatisfy { "rwm".contains($0) } && Set(text).count == text.count
    }
    switch parts.count {
    case 1: return DeviceMapping(pathOnHost: parts[0], pathInContainer: parts[0], cgroupPermissions: "rwm")
    case 2 where isMode(parts[1]):
      return DeviceMapping(pathOnHost: parts[0], pathInContainer: parts[0], cgroupPermissions: parts[1])
    case 2: return DeviceMapping(pathOnHost: parts[0], pathInContainer: parts[1], cgroupPermissions: "rwm")
    case 3:
      guard isMode(parts[2]) else { throw UsageError("bad mode specified: \(parts[2])") }
      return DeviceMapping(pathOnHost: parts[0], pathInContainer: parts[1], cgroupPermissions: parts[2])
    default: throw UsageError("invalid device specification: \(text)")
    }
  }

  static func pair(_ text: String) throws -> (path: String, value: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts[0].hasPrefix("/dev/") else { throw UsageError("bad format: \(text)") }
    return (parts[0], parts[1])
  }

  static func bytesPerSecond(_ text: String) throws -> ThrottleDevice {
    let (path, value) = try pair(text)
    return ThrottleDevice(path: path, rate: UInt64(try ByteSize.parse(value)))
  }

  static func operationsPerSecond(_ text: String) throws -> ThrottleDevice {
    let (path, value) = try pair(text)
    guard let rate = UInt64(value) else {
      throw UsageError(
        "invalid rate for device: \(text). The correct format is <device-path>:<number>. Number must be a positive integer"
      )
    }
    return ThrottleDevice(path: path, rate: rate)
  }

  /// `all`, a count, or `device=0,driver=nvidia,…`
  static func gpus(_ text: String) throws -> DeviceRequest {
    var request = DeviceRequest(capabilities: [["gpu"]], options: [:])
    for field in text.split(separator: ",") {
      let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
      switch (parts[0], parts.count) {
      case ("all", 1): request.count = -1
      case ("count", 2): request.count = parts[1] == "all" ? -1 : Int(parts[1]) ?? 0
      case ("driver", 2): request.driver = parts[1]
      case ("device", 2): request.deviceIDs = parts[1].split(separator: ";").map(String.init)
      case (_, 1):
        guard let count = Int(parts[0]) else { throw UsageError("invalid argument \"\(text)\" for \"--gpus\" flag") }
        request.count = count
      default: throw UsageError("unexpected key '\(parts[0])' in '\(field)'")
      }
    }
    return request
  }
}
