import CLinux
import LinuxSystem

/// The program of `--init`: pid 1 that starts the container's program, hands on signals and reaps what is orphaned.
///
/// It is the running executable itself, executed by descriptor under the name `docker-init`, so nothing is mounted into
/// the container. A main that links the runtime asks first: `if InitMode.isWanted(CommandLine.arguments) {
/// InitMode.run(CommandLine.arguments) }`.
public enum InitMode {
  static let name = "docker-init"

  /// argv of the init: `docker-init PATH -- argv…`.
  static func arguments(program: String, _ arguments: [String]) -> [String] { [name, program, "--"] + arguments }

  public static func isWanted(_ arguments: [String]) -> Bool {
    arguments.count >= 4 && arguments[0] == name && arguments[2] == "--"
  }

  /// Runs as init until the program ends, with its exit code (128 and the signal's number when one killed it).
  public static func run(_ arguments: [String]) -> Never {
    // Not to be ended by what it hands on, and every wait is a wait for a signal.
    _ = cl_block_all_signals()
    let signals = (1...64).map { Int32($0) }
    let descriptor = cl_signalfd_blocking(signals, signals.count)
    let program = CStringArray(Array(arguments.dropFirst(3)))
    // By the old call: seccomp profiles answer ENOSYS to clone3, whose arguments they cannot see.
    let child = cl_fork()
    if child == 0 {
      // A process group in the foreground: Ctrl-C reaches the program and not the init as well (tini does the same).
      _ = cl_setpgid(0, 0)
      if cl_isatty(0) { _ = cl_tcsetpgrp(0, cl_getpid()) }
      _ = cl_reset_signals()
      let result = cl_execve_inherit(arguments[1], program.pointer)
      let error = ProgramLookup.failure(arguments[3], path: arguments[1], Errno(-result))
      try? OwnedDescriptor.writeAll(Array((error.message + "\n").utf8), to: 2)
      cl_exit(error.exitCode)
    }
    guard child > 0, descriptor >= 0 else { cl_exit(125) }
    while true {
      let signal = cl_signalfd_read(descriptor)
      if signal == Signal.child.rawValue {
        while let ending = (try? PIDDescriptor.reapAny()) ?? nil {
          if ending.pid == Int32(child) { cl_exit(ending.status.exitCode) }
        }
      } else if signal > 0 {
        // The program alone, as tini does by default; what has ended meanwhile is no error.
        _ = cl_kill(Int32(child), signal)
      }
    }
  }
}
