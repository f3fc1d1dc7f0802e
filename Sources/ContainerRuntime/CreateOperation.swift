import CLinux
import LinuxSystem
import OCI

/// Creates containers. Only for single-threaded programs: the new process runs Swift after a raw clone.
public enum CreateOperation {
  /// Clones the container's first process with all its namespaces at once and puts it into its cgroup; everything
  /// further happens in that process and is reported through the result. Returns within a millisecond.
  ///
  /// The caller reaps the process. A configuration that cannot be is refused here, before anything exists.
  public static func begin(_ configuration: ContainerConfiguration) throws(RuntimeError) -> PendingProcess {
    let namespaces = try NamespacePlan(configuration.spec)
    try Self.validate(configuration)
    let expectsTerminal = if case .terminal = configuration.stdio { true } else { false }
    return try ProcessBirth.begin(
      new: namespaces.created, stdio: configuration.stdio, cgroup: configuration.cgroup,
      sequence: InitReportSequence(expectsNetwork: configuration.opensNetwork, expectsTerminal: expectsTerminal),
      keep: [configuration.startListener].compactMap { $0 } + namespaces.joined.map(\.descriptor),
      enterPIDNamespace: namespaces.joinedPIDNamespace
    ) { channel, streams in
      InitProcess(configuration: configuration, namespaces: namespaces, channel: channel, streams: streams).run()
    }
  }

  static func validate(_ configuration: ContainerConfiguration) throws(RuntimeError) {
    func refuse(_ message: String) throws(RuntimeError) -> Never {
      throw RuntimeError(.invalidConfiguration, step: "configuration", message)
    }
    let spec = configuration.spec
    guard configuration.rootfs.hasPrefix("/") else { try refuse("rootfs \(configuration.rootfs) is not absolute") }
    guard let process = spec.process else { try refuse("process is missing") }
    guard let program = process.args.first else { try refuse("process.args is empty") }
    if program.isEmpty {
      throw RuntimeError(.programNotFound, step: "exec", "exec: \"\": executable file not found in $PATH")
    }
    guard process.cwd.hasPrefix("/") else { try refuse("process.cwd \"\(process.cwd)\" is not absolute") }
    for mount in spec.mounts where !mount.destination.hasPrefix("/") {
      try refuse("mount destination \"\(mount.destination)\" is not absolute")
    }
    let strings =
      process.args + process.env + [process.cwd] + spec.mounts.flatMap { [$0.destination, $0.source ?? ""] }
    if strings.contains(where: { $0.utf8.contains(0) }) { try refuse("a string contains a NUL byte") }
    if let linux = spec.linux, !linux.uidMappings.isEmpty || !linux.gidMappings.isEmpty {
      try refuse("user namespaces are not supported: remove uidMappings and gidMappings")
    }
  }
}
