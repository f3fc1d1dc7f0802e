internal import CSeccomp
internal import LinuxSystem
internal import OCI

/// One compilation by libseccomp.
enum FilterCompiler {
  /// "2.5.4", part of the cache's key.
  static let libraryVersion: String = {
    guard let version = seccomp_version()?.pointee else { return "unknown" }
    return "\(version.major).\(version.minor).\(version.micro)"
  }()

  /// The program as `struct sock_filter[]`.
  static func compile(_ profile: RuntimeSeccomp) throws(SeccompError) -> [UInt8] {
    let defaultAction = try action(profile.defaultAction, profile.defaultErrnoRet)
    guard let filter = seccomp_init(defaultAction) else {
      throw SeccompError("\(profile.defaultAction) cannot be a default action")
    }
    defer { seccomp_release(filter) }
    // The runtime decides about no_new_privs; a binary tree needs 10 comparisons where a list needs 400.
    try check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0), "no_new_privs")
    try check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimization")
    let architectures = try addArchitectures(profile, filter)

    var young: [UInt32] = []
    var highest = [UInt32](repeating: 0, count: architectures.count)
    for rule in profile.syscalls {
      let action = try action(rule.action, rule.errnoRet)
      for name in rule.names {
        let number = seccomp_syscall_resolve_name(name)
        guard number != unknownName else {
          if action == allow, rule.args.isEmpty, let number = SystemCallNumbers.young[name] { young.append(number) }
          // Names of other architectures and kernels: as every engine, ignored.
          continue
        }
        for (index, architecture) in architectures.enumerated() {
          let number = seccomp_syscall_resolve_name_arch(architecture, name)
          if number >= 0, number < x32Bit { highest[index] = max(highest[index], UInt32(number)) }
        }
        // libseccomp refuses a rule that says what happens anyway.
        if action != defaultAction { try add(rule, name, number, action, filter) }
      }
    }
    let program = try export(filter)
    guard profile.defaultAction.hasPrefix("SCMP_ACT_ERRNO"), defaultAction != notImplemented else { return program }

    let prologue = FilterPrologue(
      architectures: zip(architectures, highest).compactMap { token, highest in
        token == x32Token ? nil : .init(audit: token, highest: highest)
      }, allowed: Array(Set(young)), unknownAction: notImplemented)
    var bytes: [UInt8] = []
    for instruction in prologue.instructions { instruction.append(to: &bytes) }
    bytes += program
    guard bytes.count / 8 <= 4096 else {
      throw SeccompError("the program has more than the kernel's 4096 instructions")
    }
    return bytes
  }

  /// Adds the profile's architectures, the native one first, and returns their tokens.
  private static func addArchitectures(
    _ profile: RuntimeSeccomp, _ filter: scmp_filter_ctx
  ) throws(SeccompError) -> [UInt32] {
    let native = seccomp_arch_native()
    var tokens = [native]
    for name in profile.architectures {
      guard name.hasPrefix("SCMP_ARCH_") else { throw SeccompError("unknown architecture \"\(name)\"") }
      let token = seccomp_arch_resolve_name(String(name.dropFirst("SCMP_ARCH_".count)).lowercased())
      guard token != 0 else { throw SeccompError("unknown architecture \"\(name)\"") }
      guard !tokens.contains(token) else { continue }
      try check(seccomp_arch_add(filter, token), "adding \(name)")
      tokens.append(token)
    }
    return tokens
  }

  private static func add(
    _ rule: RuntimeSyscall, _ name: String, _ number: Int32, _ action: UInt32, _ filter: scmp_filter_ctx
  ) throws(SeccompError) {
    var comparisons: [scmp_arg_cmp] = []
    for argument in rule.args {
      guard argument.index < 6 else { throw SeccompError("\(name): there is no argument \(argument.index)") }
      comparisons.append(
        scmp_arg_cmp(
          arg: UInt32(argument.index), op: try comparison(argument.op, name), datum_a: argument.value,
          datum_b: argument.valueTwo ?? 0))
    }
    // Several comparisons of one argument are alternatives (runc's reading, which profiles rely on); of different
    // arguments they must all hold.
    let indices = Set(comparisons.map(\.arg))
    if indices.count < comparisons.count {
      for comparison in comparisons {
        try check(seccomp_rule_add_array(filter, action, number, 1, [comparison]), name)
      }
    } else {
      try check(seccomp_rule_add_array(filter, action, number, UInt32(comparisons.count), comparisons), name)
    }
  }

  private static func export(_ filter: scmp_filter_ctx) throws(SeccompError) -> [UInt8] {
    do throws(SystemError) {
      let memory = try MemoryFile.create("seccomp")
      try LinuxSystem.check(seccomp_export_bpf(filter, memory.rawValue), "seccomp_export_bpf")
      return try File.read(memory.procPath)
    } catch {
      throw SeccompError("\(error)")
    }
  }

  // MARK: Names

  private static let unknownName: Int32 = -1
  private static let x32Bit: Int32 = 0x4000_0000
  private static let x32Token: UInt32 = 0x4000_003E
  private static let allow: UInt32 = 0x7FFF_0000
  private static let errnoAction: UInt32 = 0x0005_0000
  private static let traceAction: UInt32 = 0x7FF0_0000
  private static let notImplemented = errnoAction | 38

  private static func action(_ name: String, _ number: UInt32?) throws(SeccompError) -> UInt32 {
    switch name {
    case "SCMP_ACT_ALLOW": return allow
    case "SCMP_ACT_ERRNO": return errnoAction | (number ?? 1) & 0xFFFF
    case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return 0
    case "SCMP_ACT_KILL_PROCESS": return 0x8000_0000
    case "SCMP_ACT_TRAP": return 0x0003_0000
    case "SCMP_ACT_TRACE": return traceAction | (number ?? 1) & 0xFFFF
    case "SCMP_ACT_LOG": return 0x7FFC_0000
    case "SCMP_ACT_NOTIFY":
      throw SeccompError("SCMP_ACT_NOTIFY needs a listener, which this engine does not offer yet")
    default: throw SeccompError("unknown action \"\(name)\"")
    }
  }

  private static func comparison(_ name: String, _ call: String) throws(SeccompError) -> scmp_compare {
    switch name {
    case "SCMP_CMP_NE": return SCMP_CMP_NE
    case "SCMP_CMP_LT": return SCMP_CMP_LT
    case "SCMP_CMP_LE": return SCMP_CMP_LE
    case "SCMP_CMP_EQ": return SCMP_CMP_EQ
    case "SCMP_CMP_GE": return SCMP_CMP_GE
    case "SCMP_CMP_GT": return SCMP_CMP_GT
    case "SCMP_CMP_MASKED_EQ": return SCMP_CMP_MASKED_EQ
    default: throw SeccompError("\(call): unknown comparison \"\(name)\"")
    }
  }

  private static func check(_ result: Int32, _ what: String) throws(SeccompError) {
    guard result == 0 else { throw SeccompError("\(what): \(Errno(-result))") }
  }
}
