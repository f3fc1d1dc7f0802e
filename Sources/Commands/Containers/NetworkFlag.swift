internal import EngineAPI

/// `--network NAME` or `--network name=NAME,alias=web,ip=10.0.0.2,…`
struct NetworkFlag {
  var name: String
  var endpoint = EndpointSettings()

  init(_ text: String) throws {
    guard text.contains("=") else {
      name = text
      return
    }
    name = ""
    for field in text.split(separator: ",") {
      let parts = field.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw UsageError("invalid field \(field)") }
      let value = parts[1]
      switch parts[0].lowercased() {
      case "name": name = value
      case "alias": endpoint.aliases = (endpoint.aliases ?? []) + [value.lowercased()]
      case "ip": ipam { $0.ipv4Address = value }
      case "ip6": ipam { $0.ipv6Address = value }
      case "link-local-ip": ipam { $0.linkLocalIPs = ($0.linkLocalIPs ?? []) + [value] }
      case "mac-address": endpoint.macAddress = value
      case "driver-opt":
        let option = value.split(separator: "=", maxSplits: 1).map(String.init)
        guard option.count == 2 else { throw UsageError("invalid key value pair format in driver options") }
        endpoint.driverOpts = (endpoint.driverOpts ?? [:]).merging([option[0]: option[1]]) { $1 }
      case "gw-priority":
        guard let priority = Int(value) else { throw UsageError("invalid gw-priority: \(value)") }
        endpoint.gwPriority = priority
      default: throw UsageError("invalid field key \(parts[0])")
      }
    }
    guard !name.isEmpty else { throw UsageError("network name or id is not specified") }
  }

  private mutating func ipam(_ change: (inout EndpointIPAMConfig) -> Void) {
    var value = endpoint.ipamConfig ?? EndpointIPAMConfig()
    change(&value)
    endpoint.ipamConfig = value
  }
}
