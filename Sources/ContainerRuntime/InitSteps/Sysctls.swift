import LinuxSystem

/// Kernel settings of the container's own namespaces, after its network is wired (`net.ipv4.conf.eth0.…` exists only
/// then). Written through the host's procfs: the container's may have been
/// prepared to lead the write elsewhere (CVE-2025-52881); which namespace is meant follows from the writer.
enum Sysctls {
  static func apply(_ values: [String: String], _ host: borrowing HostHandles) throws {
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      let path = path(of: key)
      guard !path.split(separator: "/").contains(".."), !path.hasPrefix("/") else {
        throw RuntimeError(.invalidConfiguration, step: "sysctl", "\"\(key)\" is no sysctl")
      }
      try HostHandles.writeProcFile("sys/" + path, value, in: host.proc.rawValue)
    }
  }

  /// `net.ipv4.conf.eth0/1.forwarding` as sysctl(8) writes it: dots separate and a slash stands for a dot; or slashes
  /// separate, when one comes first.
  static func path(of key: String) -> String {
    guard let separator = key.first(where: { $0 == "." || $0 == "/" }), separator == "." else { return key }
    return String(key.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
  }
}
