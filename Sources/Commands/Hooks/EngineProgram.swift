internal import CLinux
internal import Glibc
internal import LinuxSystem

/// Commands that need the engine without a daemon (`hooks test DIR`): handed over to `moonpoold`, which stands beside
/// this program or in `../lib/moonpool`. This program never links the engine.
enum EngineProgram {
  /// Runs `moonpoold WORDS DIR`: in the place of this program for one directory, one after another for several.
  static func run(_ words: [String], _ directories: [String]) throws -> Int32 {
    let path = try self.path()
    guard directories.count != 1 else {
      let vector = CStringArray([path] + words + directories)
      let status = cl_execve(path, vector.pointer, environ)
      throw CommandFailure("cannot execute \(path): \(Errno(-status))")
    }
    var worst: Int32 = 0
    for directory in directories {
      let vector = CStringArray([path] + words + [directory])
      var process: pid_t = 0
      let failure = posix_spawn(&process, path, nil, nil, vector.pointer, environ)
      guard failure == 0 else { throw CommandFailure("cannot execute \(path): \(Errno(failure))") }
      var status: CInt = 0
      while waitpid(process, &status, 0) < 0, errno == EINTR {}
      worst = max(worst, cl_wtermsig(status) == 0 ? cl_wexitstatus(status) : 128 + cl_wtermsig(status))
    }
    return worst
  }

  private static func path() throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { throw CommandFailure("cannot find this program's own path: \(Errno(errno))") }
    let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let directory = own.prefix(upTo: own.lastIndex(of: "/") ?? own.startIndex)
    let candidates = [
      "\(directory)/moonpoold", "\(directory)/../lib/moonpool/moonpoold", "\(directory)/../sbin/moonpoold",
    ]
    guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw CommandFailure("moonpoold is not installed: looked for \(candidates.joined(separator: ", "))")
    }
    return found
  }
}

enum HooksTestCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Run the tests of hooks, in the sandbox that the daemon uses", synopsis: "DIR [DIR...]",
      arguments: .atLeast(1)
    ) { try EngineProgram.run(["hooks", "test"], $0.arguments) }
  }
}

enum PluginCheckCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Run the tests of drivers, in the sandbox that the daemon uses", synopsis: "DIR [DIR...]",
      arguments: .atLeast(1)
    ) { try EngineProgram.run(["plugin", "check"], $0.arguments) }
  }
}
