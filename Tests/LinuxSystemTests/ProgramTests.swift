import CLinux
import Testing

@testable import LinuxSystem

@Suite("Launcher")
struct ProgramTests {
  private func waitForFile(_ path: String) throws -> String {
    for _ in 0..<500 {
      if let text = try? File.readText(path), text.hasSuffix("end\n") { return text }
      _ = cl_poll_readable(-1, 10)
    }
    throw SystemError(operation: "wait", errno: .timedOut, path: path)
  }

  @Test("the program is no child of its starter, leads a session and has exactly its descriptors")
  func launch() throws {
    try withDirectory { directory in
      let out = directory + "/out"
      let file = try OwnedDescriptor.open(out, [.writeOnly, .create, .append])
      let null = try OwnedDescriptor.open("/dev/null", .readWrite)
      // Not close-on-exec, as a careless thread might have it at this moment.
      let leak = cl_fcntl(null.rawValue, 0, 50)
      defer { _ = cl_close(leak) }
      let script =
        "echo $PPID; cat /proc/$$/stat | cut -d' ' -f6; ls /proc/$$/fd; echo $VALUE; pwd; grep SigBlk /proc/$$/status; echo end"
      let pid = try Program.launch(
        "/bin/sh", arguments: ["sh", "-c", script], environment: ["VALUE=given", "PATH=/usr/bin:/bin"],
        descriptors: [
          .init(null.rawValue, as: 0), .init(file.rawValue, as: 1), .init(file.rawValue, as: 2),
          .init(null.rawValue, as: 7),
        ],
        directory: directory)
      let lines = try waitForFile(out).split(separator: "\n").map(String.init)
      #expect(lines[0] != String(cl_getpid()))
      #expect(lines[1] == String(pid))
      #expect(Array(lines[2...5]) == ["0", "1", "2", "7"])
      #expect(Array(lines[6...8]) == ["given", directory, "SigBlk:\t0000000000000000"])
      #expect(throws: SystemError.self) { _ = try PIDDescriptor.reap(pid: pid, wait: true) }
    }
  }

  @Test("descriptors may change places")
  func swapped() throws {
    try withDirectory { directory in
      let first = try OwnedDescriptor.open(directory + "/first", [.writeOnly, .create, .append])
      let second = try OwnedDescriptor.open(directory + "/second", [.writeOnly, .create, .append])
      let a = cl_fcntl(first.rawValue, 0, 40)
      let b = cl_fcntl(second.rawValue, 0, Int(a) + 1)
      defer {
        _ = cl_close(a)
        _ = cl_close(b)
      }
      let script = "echo first >&\(b); echo end >&\(b); echo second >&\(a); echo end >&\(a)"
      // bash: dash knows descriptors of one digit only.
      _ = try Program.launch(
        "/bin/bash", arguments: ["bash", "-c", script], descriptors: [.init(a, as: b), .init(b, as: a)])
      #expect(try waitForFile(directory + "/first") == "first\nend\n")
      #expect(try waitForFile(directory + "/second") == "second\nend\n")
    }
  }

  @Test("a program that cannot be executed is an error here, and no process is left")
  func failures() throws {
    let absent = #expect(throws: SystemError.self) { try Program.launch("/no/such/program", arguments: ["x"]) }
    #expect(absent?.errno == .noEntry)
    #expect(absent?.path == "/no/such/program")
    let directory = #expect(throws: SystemError.self) { try Program.launch("/tmp", arguments: ["x"]) }
    #expect(directory?.errno == .accessDenied)
    let descriptor = #expect(throws: SystemError.self) {
      try Program.launch("/bin/true", arguments: ["true"], descriptors: [.init(9999, as: 0)])
    }
    #expect(descriptor?.errno == .badDescriptor)
  }

  @Test("from many threads at once")
  func concurrently() async throws {
    try await withThrowingTaskGroup(of: Int32.self) { group in
      for _ in 0..<50 { group.addTask { try Program.launch("/bin/true", arguments: ["true"]) } }
      var pids: Set<Int32> = []
      for try await pid in group { pids.insert(pid) }
      #expect(pids.count == 50)
    }
  }

  @Test("a sealed program runs and cannot be opened for writing")
  func sealed() throws {
    let program = try SealedProgram.open("/bin/true")
    let failure = cl_open(Int32(CL_AT_FDCWD), program.procPath, 1, 0)
    #expect(failure == -Errno.readOnly.rawValue || failure == -Errno.notPermitted.rawValue)
    _ = try Program.launch("/proc/\(cl_getpid())/fd/\(program.rawValue)", arguments: ["true"])
  }
}
