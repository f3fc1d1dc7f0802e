import CLinux
import LinuxSystem
import OCI

/// Which namespaces a container gets: created by the clone, or entered by descriptor.
final class NamespacePlan {
  /// Flags of the one clone3. The cgroup namespace is not among them: a clone would root it at the *creator's* cgroup,
  /// so the process unshares it once it is in its own.
  private(set) var created: NamespaceKinds = []
  private(set) var createsCgroupNamespace = false
  /// Existing namespaces, entered by the new process itself; owned here.
  private(set) var joined: [(kind: NamespaceKinds, descriptor: Int32)] = []
  /// An existing pid namespace: the creator enters it around the clone, since it applies to children only.
  private(set) var joinedPIDNamespace: Int32?

  init(_ spec: RuntimeSpec) throws(RuntimeError) {
    for namespace in spec.linux?.namespaces ?? [] {
      let kind: NamespaceKinds
      switch namespace.type {
      case .pid: kind = .pid
      case .network: kind = .network
      case .mount: kind = .mount
      case .ipc: kind = .ipc
      case .uts: kind = .uts
      case .cgroup: kind = .cgroup
      case .user, .time:
        throw RuntimeError(
          .invalidConfiguration, step: "namespaces",
          "\(namespace.type.rawValue) namespaces are not supported: remove it from linux.namespaces")
      }
      if created.contains(kind) || joined.contains(where: { $0.kind == kind }) {
        throw RuntimeError(
          .invalidConfiguration, step: "namespaces", "\(namespace.type.rawValue) is listed twice in linux.namespaces")
      }
      guard let path = namespace.path, !path.isEmpty else {
        if kind == .cgroup { createsCgroupNamespace = true } else { created.insert(kind) }
        continue
      }
      let descriptor = try step("namespaces") { try OwnedDescriptor.open(path).release() }
      joined.append((kind, descriptor))
      if kind == .pid { joinedPIDNamespace = descriptor }
    }
    guard created.contains(.mount) else {
      throw RuntimeError(
        .invalidConfiguration, step: "namespaces",
        "a container needs a new mount namespace: add {\"type\": \"mount\"} to linux.namespaces")
    }
  }

  deinit { for namespace in joined { _ = cl_close(namespace.descriptor) } }

  /// Unshares the cgroup namespace, in the new process and once it is in its cgroup, which becomes the root.
  func unshareCgroup() throws(SystemError) { if createsCgroupNamespace { try Namespace.unshare(.cgroup) } }

  /// Enters the given namespaces, in the new process.
  func enter() throws {
    for namespace in joined where namespace.kind != .pid {
      try Namespace.enter(raw: namespace.descriptor, namespace.kind)
    }
  }
}
