import EngineAPI
import OCI

/// Which namespaces a container gets of its own, shares or goes without.
enum SpecNamespaces {
  static func build(host: HostConfig, joined: [RuntimeNamespaceKind: String]) -> [RuntimeNamespace] {
    var namespaces = [RuntimeNamespace(type: .mount)]
    let modes: [(RuntimeNamespaceKind, String?)] = [
      (.pid, host.pidMode), (.network, host.networkMode), (.ipc, host.ipcMode), (.uts, host.utsMode),
      (.cgroup, host.cgroupnsMode),
    ]
    for (kind, mode) in modes where mode != "host" {
      namespaces.append(RuntimeNamespace(type: kind, path: joined[kind]))
    }
    // A container in another's network namespace has that one's host name too, unless it asks for its own.
    return namespaces
  }

  /// The container whose namespace a mode names: "container:web" → "web".
  static func target(_ mode: String?) -> String? {
    guard let mode, mode.hasPrefix("container:") else { return nil }
    return String(mode.dropFirst("container:".count))
  }
}
