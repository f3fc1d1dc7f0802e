import CLinux
import Glibc
import JSON
import LinuxSystem
import OCI
import SeccompCompiler
import Testing

/// Programs are installed for real, in children of the seccomp-probe program.
@Suite struct DefaultProfileTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// x86-64's number and arguments, chosen so that a call that gets through does no harm.
    var call: [UInt64]
    var capabilities: [String] = []
    /// What the filter says: nil, it lets the call through to the kernel.
    var refused: Int32?

    var testDescription: String { "\(name) with \(capabilities)" }
  }

  static let admin = ["CAP_SYS_ADMIN"]
  static let refused = EPERM
  /// An invalid pointer or descriptor, so that the kernel itself answers EBADF, EFAULT or EINVAL.
  static let bad = UInt64.max

  static let cases: [Case] = [
    Case(name: "getpid", call: [39]),
    Case(name: "close", call: [3, bad]),
    Case(name: "keyctl", call: [250, 0], refused: EPERM),
    Case(name: "add_key", call: [248], refused: EPERM),
    Case(name: "io_uring_setup", call: [425, 0], refused: EPERM),
    Case(name: "userfaultfd", call: [323, bad], refused: EPERM),
    Case(name: "mount", call: [165, bad], refused: EPERM),
    Case(name: "mount", call: [165, bad], capabilities: admin),
    Case(name: "unshare user", call: [272, 0x1000_0000], refused: EPERM),
    Case(name: "unshare nothing", call: [272, 0], capabilities: admin),
    Case(name: "setns", call: [308, bad], refused: EPERM),
    Case(name: "bpf", call: [321, 999], refused: EPERM),
    Case(name: "bpf", call: [321, 999], capabilities: ["CAP_BPF"]),
    Case(name: "perf_event_open", call: [298], refused: EPERM),
    Case(name: "perf_event_open", call: [298], capabilities: ["CAP_PERFMON"]),
    Case(name: "open_by_handle_at", call: [304], refused: EPERM),
    Case(name: "open_by_handle_at", call: [304, bad], capabilities: ["CAP_DAC_READ_SEARCH"]),
    Case(name: "chroot", call: [161, bad], refused: EPERM),
    Case(name: "chroot", call: [161, bad], capabilities: ["CAP_SYS_CHROOT"]),
    Case(name: "reboot", call: [169, 0], refused: EPERM),
    Case(name: "reboot", call: [169, 0], capabilities: ["CAP_SYS_BOOT"]),
    Case(name: "init_module", call: [175], refused: EPERM),
    Case(name: "kexec_load", call: [246], capabilities: admin, refused: EPERM),
    Case(name: "settimeofday", call: [164, bad, bad], refused: EPERM),
    Case(name: "settimeofday", call: [164, bad, bad], capabilities: ["CAP_SYS_TIME"]),
    Case(name: "ptrace", call: [101, 999, 0]),
    Case(name: "personality query", call: [135, 0xFFFF_FFFF]),
    Case(name: "personality Linux32", call: [135, 8]),
    Case(name: "personality ADDR_NO_RANDOMIZE", call: [135, 0x4_0000], refused: EPERM),
    Case(name: "socket AF_INET", call: [41, 2, 99]),
    Case(name: "socket AF_ALG", call: [41, 38, 5], refused: EPERM),
    Case(name: "socket AF_NFC", call: [41, 39, 99]),
    Case(name: "socket AF_VSOCK", call: [41, 40, 1], refused: EPERM),
    Case(name: "socket AF_XDP", call: [41, 44, 99]),
    Case(name: "clone with a new user namespace", call: [56, 0x1000_0000], refused: EPERM),
    Case(name: "clone with invalid flags", call: [56, 0x10000]),
    Case(name: "clone3", call: [435, bad, 64], refused: ENOSYS),
    Case(name: "clone3", call: [435, bad, 64], capabilities: admin),
    Case(name: "fchmodat2, younger than libseccomp", call: [452, bad, bad, 0, 0x1000]),
    Case(name: "a call of the future", call: [1000], refused: ENOSYS),
    Case(name: "the highest x32-less number", call: [0x3FFF_FFFF], refused: ENOSYS),
  ]

  #if arch(x86_64)
    @Test func theTableHolds() throws {
      let compiler = SeccompCompiler()
      for capabilities in Set(Self.cases.map(\.capabilities)) {
        let cases = Self.cases.filter { $0.capabilities == capabilities }
        let program = try compiler.compile(DefaultSeccompProfile.profile, capabilities: capabilities)
        let filtered = try probe(program, cases.map(\.call))
        let free = try probe(Self.everything, cases.map(\.call))
        for (index, entry) in cases.enumerated() {
          #expect(filtered[index] == entry.refused ?? free[index], "\(entry.testDescription)")
        }
        // A case that the kernel itself would refuse so proves nothing.
        for (index, entry) in cases.enumerated() where entry.refused == nil {
          #expect(free[index] != EPERM && free[index] != ENOSYS, "\(entry.testDescription)")
        }
      }
    }
  #endif

  /// BPF_RET SECCOMP_RET_ALLOW.
  private static let everything: [UInt8] = [0x06, 0, 0, 0, 0, 0, 0xFF, 0x7F]

  @Test func aCustomProfileWithConditionsIsResolved() throws {
    let json = """
      {"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[
        {"names":["getppid"],"action":"SCMP_ACT_ERRNO","errnoRet":77},
        {"name":"getuid","action":"SCMP_ACT_ERRNO","errnoRet":78,"excludes":{"caps":["CAP_SYS_ADMIN"]}},
        {"names":["getgid"],"action":"SCMP_ACT_ERRNO","errnoRet":79,"includes":{"minKernel":"99.0"}},
        {"names":["getegid","no_such_call"],"action":"SCMP_ACT_ERRNO","errnoRet":80,"includes":{"arches":["s390x"]}},
        {"names":["dup2"],"action":"SCMP_ACT_ERRNO","errnoRet":81,"args":[
          {"index":0,"value":200,"op":"SCMP_CMP_EQ"},{"index":0,"value":201,"op":"SCMP_CMP_EQ"}]}]}
      """
    let profile = try SeccompCompiler.profile(json: Array(json.utf8))
    let compiler = SeccompCompiler()
    let calls: [[UInt64]] = [[110], [102], [104], [108], [33, 200, 5], [33, 201, 5], [33, 202, 5], [1000]]
    #if arch(x86_64)
      #expect(
        try probe(compiler.compile(profile, capabilities: []), calls) == [77, 78, 0, 0, 81, 81, EBADF, ENOSYS])
      #expect(
        try probe(compiler.compile(profile, capabilities: Self.admin), calls) == [77, 0, 0, 0, 81, 81, EBADF, ENOSYS])
    #endif
  }

  @Test(arguments: [
    (#"{"defaultAction":"SCMP_ACT_SOMETHING"}"#, "SCMP_ACT_SOMETHING"),
    (#"{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_PDP11"]}"#, "PDP11"),
    (
      #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":9,"value":1,"op":"SCMP_CMP_EQ"}]}]}"#,
      "argument 9"
    ),
    (
      #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_XX"}]}]}"#,
      "SCMP_CMP_XX"
    ),
    (
      #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"new"}}]}"#,
      "minKernel"
    ),
    (#"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_NOTIFY"}]}"#, "NOTIFY"),
  ])
  func aWrongProfileIsRefusedByName(json: String, mentions: String) throws {
    let error = #expect(throws: SeccompError.self) {
      let profile = try SeccompCompiler.profile(json: Array(json.utf8))
      _ = try SeccompCompiler().compile(profile, capabilities: [])
    }
    #expect(error?.message.contains(mentions) == true, "\(String(describing: error))")
  }

  @Test func aProgramOnDiskServesTheNextCompiler() throws {
    let directory = "/tmp/moonpool-test-seccomp-\(UInt64.random(in: 0 ... .max))"
    defer { try? Directory.removeAll(directory) }
    let first = try SeccompCompiler(cacheDirectory: directory).compile(
      DefaultSeccompProfile.profile, capabilities: ["CAP_CHOWN"])
    let files = try Directory.names(directory)
    #expect(files.count == 1)
    let clock = ContinuousClock()
    var second: [UInt8] = []
    let time = try clock.measure {
      second = try SeccompCompiler(cacheDirectory: directory).compile(
        DefaultSeccompProfile.profile, capabilities: ["CAP_CHOWN"])
    }
    #expect(first == second)
    #expect(time < .milliseconds(100))
    // A file that is damaged is compiled anew.
    try File.replace("\(directory)/\(files[0])", with: [1, 2, 3])
    let third = try SeccompCompiler(cacheDirectory: directory).compile(
      DefaultSeccompProfile.profile, capabilities: ["CAP_CHOWN"])
    #expect(third == first)
  }

  @Test func kernelVersionsAreRead() {
    #expect(KernelVersion("6.1.0-31-amd64") == KernelVersion(major: 6, minor: 1))
    #expect(KernelVersion("4.8") == KernelVersion(major: 4, minor: 8))
    #expect(KernelVersion("5.15-rc1") == KernelVersion(major: 5, minor: 15))
    #expect(KernelVersion("new") == nil)
    #expect(KernelVersion(major: 4, minor: 10) > KernelVersion(major: 4, minor: 8))
  }

  /// The answers of the probe for each call.
  private func probe(_ program: [UInt8], _ calls: [[UInt64]]) throws -> [Int32] {
    let path = "/tmp/moonpool-test-seccomp-\(UInt64.random(in: 0 ... .max)).bpf"
    try File.replace(path, with: program)
    defer { unlink(path) }
    let input = calls.map { $0.map(String.init).joined(separator: " ") + "\n" }.joined()
    let output = path + ".out"
    let source = path + ".in"
    try File.replace(source, with: Array(input.utf8))
    defer {
      unlink(output)
      unlink(source)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, source, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
    let words: [String] = [Self.probePath, path]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { word in strdup(word) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    try check(-posix_spawn(&pid, Self.probePath, &actions, nil, &arguments, environ), "spawn", Self.probePath)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    try #require(status == 0)
    return try File.readText(output).split(separator: "\n").compactMap { Int32($0) }
  }

  /// Beside the test bundle, where the build puts every program.
  private static let probePath: String = {
    for argument in CommandLine.arguments where argument.contains("/debug/") || argument.contains("/release/") {
      if let slash = argument.lastIndex(of: "/") { return argument[...slash] + "seccomp-probe" }
    }
    let program = (try? File.readText("/proc/self/cmdline"))?.split(separator: "\0").first.map(String.init) ?? ""
    return program.prefix(upTo: program.lastIndex(of: "/") ?? program.startIndex) + "/seccomp-probe"
  }()
}
