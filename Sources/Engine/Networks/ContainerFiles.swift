import EngineAPI
import LinuxSystem

/// The contents of /etc/hosts and /etc/resolv.conf of a container.
enum ContainerFiles {
  static func hosts(name: String, domain: String, addresses: [String], extra: [String], gateway: String?) -> [UInt8] {
    var lines = [
      "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback", "fe00::\tip6-localnet",
      "ff00::\tip6-mcastprefix", "ff02::1\tip6-allnodes", "ff02::2\tip6-allrouters",
    ]
    for entry in extra {
      guard let separator = entry.firstIndex(where: { $0 == ":" || $0 == "=" }) else { continue }
      var address = String(entry[entry.index(after: separator)...])
      if address == "host-gateway" { address = gateway ?? "127.0.0.1" }
      lines.append("\(address)\t\(entry[..<separator])")
    }
    let full = domain.isEmpty ? name : "\(name).\(domain) \(name)"
    for address in addresses { lines.append("\(address)\t\(full)") }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Name servers and search domains: the container's, else the daemon's, else the host's without those on its loopback,
  /// which a container does not reach.
  static func resolver(_ host: HostConfig, configuration: EngineConfiguration, hostFile: String) -> [UInt8] {
    let parsed = parse(hostFile)
    func chosen(_ own: [String]?, _ daemon: [String], _ host: [String]) -> [String] {
      if let own, !own.isEmpty { return own }
      return daemon.isEmpty ? host : daemon
    }
    var servers = chosen(host.dns, configuration.dns, parsed.servers.filter { !isLoopback($0) })
    if servers.isEmpty { servers = ["8.8.8.8", "8.8.4.4"] }
    let search = chosen(host.dnsSearch, configuration.dnsSearch, parsed.search).filter { $0 != "." }
    let options = chosen(host.dnsOptions, configuration.dnsOptions, parsed.options)
    var lines = servers.map { "nameserver \($0)" }
    if !search.isEmpty { lines.append("search " + search.joined(separator: " ")) }
    if !options.isEmpty { lines.append("options " + options.joined(separator: " ")) }
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }

  static func parse(_ text: String) -> (servers: [String], search: [String], options: [String]) {
    var servers: [String] = []
    var search: [String] = []
    var options: [String] = []
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
      guard words.count > 1 else { continue }
      switch words[0] {
      case "nameserver": servers.append(words[1])
      case "search", "domain": search = Array(words.dropFirst())
      case "options": options += words.dropFirst()
      default: break
      }
    }
    return (servers, search, options)
  }
}
