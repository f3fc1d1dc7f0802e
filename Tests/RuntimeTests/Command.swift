import CLinux
import Glibc
import LinuxSystem

/// A finished program.
struct Outcome: CustomStringConvertible {
  var status: Int32
  var output: String
  var errors: String

  var lines: [String] { output.split(whereSeparator: \.isNewline).map(String.init) }
  var description: String { "status \(status)\nstdout: \(output)\nstderr: \(errors)" }
}

/// Runs programs and collects what they say, through files: nothing can block on a full pipe.
enum Command {
  static func run(_ arguments: [String], input: String = "", directory: String) throws -> Outcome {
    try start(arguments, input: input, directory: directory).wait()
  }

  static func start(_ arguments: [String], input: String = "", directory: String) throws -> Running {
    let name = "\(directory)/.command-\(UInt64.random(in: 0 ... .max))"
    try File.replace(name + ".in", with: input.utf8)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, name + ".in", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, name + ".out", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, name + ".err", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let argv = CStringArray(arguments)
    var pid: pid_t = 0
    let result = posix_spawnp(&pid, arguments[0], &actions, nil, argv.pointer, environ)
    guard result == 0 else { throw SystemError(operation: "spawn", errno: Errno(result), path: arguments[0]) }
    return Running(pid: pid, name: name)
  }
}

struct Running {
  var pid: pid_t
  var name: String

  var output: String { (try? File.readText(name + ".out")) ?? "" }

  func wait() throws -> Outcome {
    let ending = try PIDDescriptor.reap(pid: pid, wait: true)
    return Outcome(
      status: ending?.status.exitCode ?? -1, output: output, errors: (try? File.readText(name + ".err")) ?? "")
  }

  /// Waits until the program has written a line with `text`.
  func waitForOutput(_ text: String) throws {
    for _ in 0..<500 {
      if output.contains(text) { return }
      usleep(10_000)
    }
    throw SystemError(operation: "wait for \"\(text)\"", errno: .timedOut)
  }
}
