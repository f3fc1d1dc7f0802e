import CLinux
import LinuxSystem
import OCI

/// The last part of a process's way, common to containers and execs: from root with everything to the program with
/// what it was given.
struct ProgramStart {
  let process: RuntimeProcess
  let seccompProgram: [UInt8]?
  let seccompFlags: UInt32
  let usesInit: Bool
  let personality: RuntimePersonality?
  let handles: ProcessHandles

  /// Returns only by throwing.
  func execute() throws(RuntimeError) {
    let inside = try step("root") { SafePath(root: try OwnedDescriptor.open("/", [.path, .directory])) }
    let user = try UserStep.resolve(process.user, in: inside)
    let environment = user.environment(process.env)
    // While still root: a filter or a lost capability must not change what is found.
    let program = try ProgramLookup.find(process.args[0], environment: environment, directory: process.cwd)
    try step("scheduling") { try Scheduling.apply(process, personality: personality) }
    try step("security label") { try SecurityLabel.apply(process, proc: handles.proc) }
    try step("rlimits") { try ResourceLimits.apply(process.rlimits) }
    try step("standard streams") { try StandardStreamsStep.giveTo(user.uid) }
    // As root where the user may not pass, as the user (below) where root may not (NFS).
    let entered = cl_chdir(process.cwd) == 0

    let capabilities = CapabilitySets(process.capabilities)
    if process.refusesNewPrivileges {
      try Credentials.apply(user, capabilities)
      try step("no new privileges") { try check(cl_prctl(PrctlOption.setNoNewPrivileges, 1, 0, 0, 0), "prctl") }
      try step("seccomp") { try SeccompFilter.install(seccompProgram, flags: seccompFlags) }
    } else {
      // Without no_new_privs a filter needs CAP_SYS_ADMIN, which the next line gives up.
      try step("seccomp") { try SeccompFilter.install(seccompProgram, flags: seccompFlags) }
      try Credentials.apply(user, capabilities)
    }
    try step("working directory") { try WorkingDirectory.enter(process.cwd, entered: entered) }
    _ = cl_umask(process.user.umask ?? 0o022)
    try step("descriptors") { try check(cl_close_range(3, .max, UInt32(CL_CLOSE_RANGE_CLOEXEC)), "close_range") }
    try step("signals") { try check(cl_reset_signals(), "reset signals") }

    let environmentArray = CStringArray(environment)
    let result: Int32
    if usesInit {
      let arguments = CStringArray(InitMode.arguments(program: program, process.args))
      result = cl_execveat(
        handles.executable, "", arguments.pointer, environmentArray.pointer, Int32(CL_AT_EMPTY_PATH))
    } else {
      let arguments = CStringArray(process.args)
      result = cl_execve(program, arguments.pointer, environmentArray.pointer)
    }
    throw ProgramLookup.failure(process.args[0], path: program, Errno(-result))
  }
}
