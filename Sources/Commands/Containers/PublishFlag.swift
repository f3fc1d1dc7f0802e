internal import EngineAPI

/// `-p [address:][host[-host]:]container[-container][/protocol]` (go-connections, `ParsePortSpec`).
enum PublishFlag {
  static func parse(_ text: String) throws -> [(port: String, binding: PortBinding)] {
    // The address may be an IPv6 one in brackets: split from the right.
    let (body, transport) = try split(text)
    var rest = body[...]
    let container = Self.last(of: &rest) ?? ""
    let host = Self.last(of: &rest) ?? ""
    var address = String(rest)
    if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
    guard !container.isEmpty else { throw UsageError("no port specified: \(text)<empty>") }
    let ports = try range(container, "containerPort")
    guard !host.isEmpty else {
      return ports.map { ("\($0)/\(transport)", PortBinding(hostIp: address, hostPort: "")) }
    }
    let hosts = try range(host, "hostPort")
    if hosts.count != ports.count {
      // One container port and a range of the host's: the engine takes any of them.
      guard ports.count == 1 else {
        throw UsageError("invalid ranges specified for container and host Ports: \(container) and \(host)")
      }
      return [("\(ports.lowerBound)/\(transport)", PortBinding(hostIp: address, hostPort: host))]
    }
    return zip(ports, hosts).map { ("\($0)/\(transport)", PortBinding(hostIp: address, hostPort: "\($1)")) }
  }

  /// `80`, `80/udp`, `8000-8010/tcp`, for `--expose`.
  static func ports(_ text: String) throws -> [String] {
    let (body, transport) = try split(text)
    return try range(body, "port").map { "\($0)/\(transport)" }
  }

  private static func split(_ text: String) throws -> (body: String, transport: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let transport = parts.count == 2 ? parts[1].lowercased() : "tcp"
    guard ["tcp", "udp", "sctp"].contains(transport) else { throw UsageError("invalid proto: \(transport)") }
    return (parts[0], transport)
  }

  private static func last(of rest: inout Substring) -> String? {
    if rest.hasSuffix("]") || rest.isEmpty { return nil }
    guard let colon = rest.lastIndex(of: ":") else {
      defer { rest = "" }
      return String(rest)
    }
    defer { rest = rest[..<colon] }
    return String(rest[rest.index(after: colon)...])
  }

  private static func range(_ text: String, _ what: String) throws -> ClosedRange<Int> {
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      part.utf8.allSatisfy { 48...57 ~= $0 } ? Int(part) : nil
    }
    guard numbers.count == parts.count, let first = numbers.first, let last = numbers.last, first <= last,
      last <= 65535
    else { throw UsageError("invalid \(what): \(text)") }
    return first...last
  }
}
