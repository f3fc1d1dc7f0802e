import CLinux
import LinuxSystem
import OCI

/// Runs further programs in running containers. Only for single-threaded programs.
public enum ExecOperation {
  /// Clones a process inside the container's pid namespace and cgroup; it enters the other namespaces itself and reports
  /// through the result, as in `CreateOperation.begin` (no network). Its parent is the caller, who reaps it.
  public static func begin(_ configuration: ExecConfiguration) throws(RuntimeError) -> PendingProcess {
    guard let program = configuration.process.args.first else {
      throw RuntimeError(.invalidConfiguration, step: "configuration", "process.args is empty")
    }
    if program.isEmpty {
      throw RuntimeError(.programNotFound, step: "exec", "exec: \"\": executable file not found in $PATH")
    }
    let strings = configuration.process.args + configuration.process.env + [configuration.process.cwd]
    if strings.contains(where: { $0.utf8.contains(0) }) {
      throw RuntimeError(.invalidConfiguration, step: "configuration", "a string contains a NUL byte")
    }
    let container = try step("exec") { try PIDDescriptor(pid: configuration.containerPID) }
    let pidNamespace = try step("exec") { try Namespace.open(.pid, ofProcess: configuration.containerPID) }
    let expectsTerminal = if case .terminal = configuration.stdio { true } else { false }
    let containerDescriptor = container.rawValue
    // The closure holds only the number: the owner must live until the clone is done.
    defer { withExtendedLifetime(container) {} }
    return try ProcessBirth.begin(
      new: [], stdio: configuration.stdio, cgroup: configuration.cgroup,
      sequence: InitReportSequence(expectsNetwork: false, expectsTerminal: expectsTerminal),
      keep: [containerDescriptor], enterPIDNamespace: pidNamespace.rawValue
    ) { channel, streams in
      ExecProcess(
        configuration: configuration, container: containerDescriptor, channel: channel, streams: streams
      ).run()
    }
  }
}
