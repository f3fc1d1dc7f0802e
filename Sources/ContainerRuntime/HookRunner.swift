import CLinux
import JSON
import LinuxSystem
public import OCI

/// Runs OCI hooks (config.md#posix-platform-hooks). Only for single-threaded programs.
public enum HookRunner {
  /// Runs one hook with the state on its standard input; a code other than 0, a signal or a time-out is an error.
  public static func run(_ hook: RuntimeHook, state: RuntimeState) throws(RuntimeError) {
    let input = try step("hook") { try MemoryFile.sealed("state", try JSON.encode(state)) }
    try step("hook") {
      // The file's offset is at its end after writing; a fresh open reads from the beginning.
      let reader = try OwnedDescriptor.open(input.procPath)
      let arguments = CStringArray(hook.args.isEmpty ? [hook.path] : hook.args)
      let environment = CStringArray(hook.env)
      var pidfd: Int32 = -1
      let child = cl_clone3(0, &pidfd, Signal.child.rawValue, -1)
      if child == 0 {
        _ = cl_dup3(reader.rawValue, 0, 0)
        _ = cl_close_range(3, .max, UInt32(CL_CLOSE_RANGE_CLOEXEC))
        _ = cl_reset_signals()
        _ = cl_execve(hook.path, arguments.pointer, environment.pointer)
        cl_exit(127)
      }
      try check(child, "clone3", hook.path)
      let process = PIDDescriptor(owning: OwnedDescriptor(owning: pidfd))
      let milliseconds = hook.timeout.map { Int32(clamping: $0 * 1000) } ?? -1
      if cl_poll_readable(process.rawValue, milliseconds) == 0 {
        try? process.send(.kill)
        _ = try process.reap(wait: true)
        throw RuntimeError(.system, step: "hook", "\(hook.path) did not end within \(hook.timeout ?? 0) s")
      }
      let ending = try process.reap(wait: true)
      if let status = ending?.status, status != .exited(code: 0) {
        throw RuntimeError(.system, step: "hook", "\(hook.path) ended with \(status.exitCode)")
      }
    }
  }
}
