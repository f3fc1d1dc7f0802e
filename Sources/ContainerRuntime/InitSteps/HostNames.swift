import CLinux
import LinuxSystem
import OCI

/// Host and domain name, in the container's UTS namespace.
enum HostNames {
  static func apply(_ spec: RuntimeSpec) throws {
    guard spec.hostname != nil || spec.domainname != nil else { return }
    guard spec.linux?.namespaces.contains(where: { $0.type == .uts }) ?? false else {
      throw RuntimeError(
        .invalidConfiguration, step: "host name", "a host name needs a uts namespace: the host's would be changed")
    }
    if let name = spec.hostname { try check(cl_sethostname(name, name.utf8.count), "sethostname", name) }
    if let name = spec.domainname { try check(cl_setdomainname(name, name.utf8.count), "setdomainname", name) }
  }
}
