import CLinux
import Cgroups
import Glibc
import LinuxSystem
import OCI
import Testing

/// On the machine's own hierarchies, in groups named moonpool-test-….
@Suite(.serialized) struct CgroupTests {
  @Test func aGroupIsMadeLimitedAndRemoved() throws {
    try withGroup { group in
      try group.create()
      try group.apply(
        RuntimeResources(
          devices: [
            RuntimeDeviceRule(allow: false, access: "rwm"),
            RuntimeDeviceRule(allow: true, type: "c", major: 1, minor: 3, access: "rwm"),
          ], memory: RuntimeMemory(limit: 64 << 20), cpu: RuntimeCPU(shares: 512, quota: 50_000, period: 100_000),
          pids: RuntimePids(limit: 20)))
      let statistics = try group.statistics()
      #expect(statistics.memory?.limit == 64 << 20)
      #expect(statistics.pids?.limit == 20)
      #expect(statistics.pids?.current == 0)
      if !group.layout.isV2, let devices = group.directory(of: "devices") {
        #expect(try File.readText(devices + "/devices.list") == "c 1:3 rwm\n")
      }
      // Up and down again, whatever the order of memory and memory+swap.
      try group.apply(RuntimeResources(memory: RuntimeMemory(limit: 256 << 20, swap: 256 << 20)))
      try group.apply(RuntimeResources(memory: RuntimeMemory(limit: 32 << 20, swap: 32 << 20)))
      #expect(try group.statistics().memory?.limit == 32 << 20)
    }
  }

  @Test func groupsBelowGoWithIt() throws {
    try withGroup { group in
      try group.create()
      let child = Cgroup(group.path + "/of/container", in: group.layout)
      try child.create()
      try group.delete()
      #expect(throws: CgroupError.self) { try child.statistics() }
      try group.delete()
    }
  }

  @Test func processesAreFrozenThawedAndKilled() throws {
    try withGroup { group in
      try group.create()
      let process = try TestProcess("read x; while :; do (sleep 100 &) ; sleep 0.01; done")
      try group.add(process.pid)
      #expect(try group.processes() == [process.pid])
      try group.freeze()
      #expect(try group.isFrozen())
      process.go()
      #expect(try group.processes() == [process.pid])
      try group.thaw()
      #expect(try !group.isFrozen())
      while group.allProcesses().count < 4 { usleep(1000) }
      #expect(try group.killAll())
      #expect(process.wait() == .signal(SIGKILL))
      #expect(group.allProcesses().isEmpty)
    }
  }

  @Test func aFrozenGroupCanBeKilled() throws {
    try withGroup { group in
      try group.create()
      let process = try TestProcess("read x; sleep 1000")
      try group.add(process.pid)
      try group.freeze()
      #expect(try group.killAll())
      #expect(process.wait() == .signal(SIGKILL))
    }
  }

  @Test func theOOMKillerIsSeen() throws {
    try withGroup { group in
      try group.create()
      try group.apply(RuntimeResources(memory: RuntimeMemory(limit: 16 << 20, swap: 16 << 20)))
      guard let watch = try OOMWatch.start(group) else {
        Issue.record("no memory controller")
        return
      }
      let process = try TestProcess("read x; exec tail /dev/zero")
      try group.add(process.pid)
      #expect(group.oomKills() == 0)
      process.go()
      let ready = cl_poll_one(watch.descriptor.rawValue, Int16(watch.events), 10_000)
      #expect(ready > 0)
      #expect(process.wait() == .signal(SIGKILL))
      #expect(watch.drain() == 1)
    }
  }

  /// The v2 mount of a hybrid machine has no controllers, but device programs need none.
  @Test func theKernelTakesADeviceProgramAndObeysTheLast() throws {
    let unified = try #require(try CgroupLayout.discover().unified)
    let group = Cgroup(
      "/moonpool-test-\(UInt32.random(in: 0 ... .max))", in: CgroupLayout(hierarchies: [], unified: unified))
    try group.create()
    defer {
      _ = try? group.killAll()
      do { try group.delete() } catch { Issue.record("\(error)") }
    }
    let nothing = RuntimeDeviceRule(allow: false, access: "rwm")
    let null = RuntimeDeviceRule(allow: true, type: "c", major: 1, minor: 3, access: "rw")
    let zero = RuntimeDeviceRule(allow: true, type: "c", major: 1, minor: 5, access: "r")
    for (rules, code) in [([nothing, null], Int32(1)), ([nothing, null, zero], 0), ([nothing, zero], 2)] {
      try group.apply(RuntimeResources(devices: rules))
      let process = try TestProcess(
        "read x; { true </dev/null; } 2>&- || exit 2; { true </dev/zero; } 2>&- || exit 1; { true >/dev/zero; } 2>&- && exit 3; exit 0"
      )
      try group.add(process.pid)
      process.go()
      #expect(process.wait() == .code(code))
    }
  }

  @Test func aProcessMovesItself() throws {
    try withGroup { group in
      try group.create()
      // The shell is one task, as `enter` wants it.
      let files =
        group.layout.hierarchies.map { $0.mountPoint + group.path + "/tasks" }
        + (group.layout.unified.map { [$0 + group.path + "/cgroup.procs"] } ?? [])
      let process = try TestProcess("for f in \(files.joined(separator: " ")); do echo 0 >$f; done; read x; exit 0")
      while try group.processes() != [process.pid] { usleep(1000) }
      process.go()
      #expect(process.wait() == .code(0))
    }
  }

  @Test func aWrongValueNamesTheFile() throws {
    try withGroup { group in
      try group.create()
      let error = #expect(throws: CgroupError.self) {
        try group.apply(RuntimeResources(cpu: RuntimeCPU(cpus: "0-9999")))
      }
      #expect(error?.message.contains("cpuset.cpus") == true)
      #expect(throws: CgroupError.self) {
        try group.apply(RuntimeResources(hugepageLimits: [RuntimeHugepageLimit(pageSize: "../../x", limit: 1)]))
      }
    }
  }

  private func withGroup(_ body: (Cgroup) throws -> Void) throws {
    let group = Cgroup("/moonpool-test-\(UInt32.random(in: 0 ... .max))/one", in: try .discover())
    defer {
      _ = try? group.killAll()
      try? group.delete()
      let parent = Cgroup(String(group.path.dropLast(4)), in: group.layout)
      do { try parent.delete() } catch { Issue.record("\(error)") }
    }
    try body(group)
  }
}

/// A shell that waits for a line before it goes on.
private final class TestProcess {
  enum Ending: Equatable {
    case code(Int32)
    case signal(Int32)
  }

  let pid: pid_t
  private let input: Int32

  init(_ script: String) throws {
    var ends: [Int32] = [-1, -1]
    try check(cl_pipe2(&ends, O_CLOEXEC), "pipe")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    let words: [String] = ["sh", "-c", script]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { word in strdup(word) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    try check(-posix_spawn(&pid, "/bin/sh", &actions, nil, &arguments, environ), "spawn")
    self.pid = pid
    close(ends[0])
    input = ends[1]
  }

  deinit { close(input) }

  func go() { _ = write(input, "\n", 1) }

  func wait() -> Ending {
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    return cl_wifsignaled(status) ? .signal(cl_wtermsig(status)) : .code(cl_wexitstatus(status))
  }
}
