import JSON

/// Docker's long option names and the short ones that drivers declare.
enum DockerNetworkOptions {
  private enum Kind { case text, flag, number }
  private static let names: [String: (name: String, kind: Kind)] = [
    "com.docker.network.bridge.name": ("bridge", .text),
    "com.docker.network.bridge.enable_icc": ("icc", .flag),
    "com.docker.network.bridge.enable_ip_masquerade": ("masquerade", .flag),
    "com.docker.network.bridge.host_binding_ipv4": ("host_binding", .text),
    "com.docker.network.driver.mtu": ("mtu", .number),
  ]
  /// What Docker's clients send along and a driver need not know.
  private static let ignored: Set = ["com.docker.network.bridge.default_bridge"]

  static func short(_ options: [String: String]) throws(EngineError) -> JSONObject {
    var short = JSONObject()
    for (key, text) in options.sorted(by: { $0.key < $1.key }) where !ignored.contains(key) {
      guard let (name, kind) = names[key] else {
        short[key] = plain(text)
        continue
      }
      switch kind {
      case .text: short[name] = .string(text)
      case .flag:
        guard text == "true" || text == "false" else { throw invalid(key, text) }
        short[name] = .bool(text == "true")
      case .number:
        guard let number = Int64(text) else { throw invalid(key, text) }
        short[name] = .integer(number)
      }
    }
    return short
  }

  /// A value under a driver's own name: what reads as a number or a boolean is one.
  private static func plain(_ text: String) -> JSONValue {
    switch text {
    case "true": .bool(true)
    case "false": .bool(false)
    default: Int64(text).map { .integer($0) } ?? .string(text)
    }
  }

  private static func invalid(_ key: String, _ value: String) -> EngineError {
    EngineError(.invalidArgument, "invalid value for network option \(key): \"\(value)\"")
  }
}
