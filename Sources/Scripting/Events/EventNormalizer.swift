public import JSON

/// Brings a container, in the shape of `docker inspect`, into the one form that hooks see: values by which Docker means
/// *not set* are absent, booleans, capability names and security options are written one way.
///
/// Pure; the engine runs it on the request before the first hook, so that what a hook reads as nil is what the
/// runtime takes as not set.
public enum EventNormalizer {
  /// The event's payload with its `container` normalised.
  public static func payload(_ payload: JSONObject) -> JSONObject {
    guard let container = payload["container"]?.objectValue else { return payload }
    var payload = payload
    payload["container"] = .object(self.container(container))
    return payload
  }

  public static func container(_ container: JSONObject) -> JSONObject {
    var container = withoutEmptyStrings(container)
    if let config = container["Config"]?.objectValue {
      container["Config"] = .object(withoutEmptyStrings(config))
    }
    if let host = container["HostConfig"]?.objectValue {
      container["HostConfig"] = .object(hostConfig(host))
    }
    return container
  }

  /// Numbers with which Docker says "not set" or "unlimited": zero and below.
  private static let unsetWhenNotPositive = [
    "PidsLimit", "Memory", "MemoryReservation", "KernelMemory", "KernelMemoryTCP", "NanoCpus", "CpuShares", "CpuPeriod",
    "CpuQuota", "CpuRealtimePeriod", "CpuRealtimeRuntime", "BlkioWeight", "CpuCount", "CpuPercent",
    "IOMaximumIOps", "IOMaximumBandwidth", "ShmSize",
  ]
  private static let capabilityLists = ["CapAdd", "CapDrop"]

  private static func hostConfig(_ host: JSONObject) -> JSONObject {
    var host = withoutEmptyStrings(host)
    for name in unsetWhenNotPositive {
      if let number = host[name]?.integerValue, number <= 0 { host[name] = nil }
    }
    // 0 means "no swap beyond memory" only together with a limit; −1 means unlimited, which is a decision.
    if host["MemorySwap"]?.integerValue == 0 { host["MemorySwap"] = nil }
    if let swappiness = host["MemorySwappiness"]?.integerValue, swappiness < 0 { host["MemorySwappiness"] = nil }
    if host["OomScoreAdj"]?.integerValue == 0 { host["OomScoreAdj"] = nil }
    if let size = host["ConsoleSize"]?.arrayValue, size.allSatisfy({ $0.integerValue == 0 }) {
      host["ConsoleSize"] = nil
    }
    for name in capabilityLists {
      if let list = host[name]?.arrayValue {
        host[name] = .array(list.map { $0.stringValue.map { .string(capability($0)) } ?? $0 })
      }
    }
    if let list = host["SecurityOpt"]?.arrayValue {
      host["SecurityOpt"] = .array(list.map { $0.stringValue.map { .string(securityOption($0)) } ?? $0 })
    }
    return host
  }

  /// "CAP_NET_ADMIN", "net_admin" → "NET_ADMIN"; "all" → "ALL".
  static func capability(_ name: String) -> String {
    let upper = name.uppercased()
    return upper.hasPrefix("CAP_") ? String(upper.dropFirst(4)) : upper
  }

  /// "seccomp:unconfined" → "seccomp=unconfined"; "no-new-privileges" → "no-new-privileges=true".
  static func securityOption(_ text: String) -> String {
    var text = text
    if !text.contains("="), let colon = text.firstIndex(of: ":") {
      text.replaceSubrange(colon...colon, with: "=")
    }
    return text == "no-new-privileges" ? "no-new-privileges=true" : text
  }

  private static func withoutEmptyStrings(_ object: JSONObject) -> JSONObject {
    guard object.contains(where: { $0.value == "" || $0.value.isNull }) else { return object }
    return JSONObject(object.filter { $0.value != "" && !$0.value.isNull })
  }
}
