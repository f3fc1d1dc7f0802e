internal import CLinux
internal import Glibc
internal import LinuxSystem

/// Commands that need the engine without a daemon (`hooks test DIR`): handed over to `moonpoold`, which stands beside
/// this program or in `../lib/moonpool`. This program never links the engine.
enum EngineProgram {
  static func replaceSelf(with arguments: [String]) throws -> Never {
    let own = try self.own()
    let directory = own.prefix(upTo: own.lastIndex(of: "/") ?? own.startIndex)
    let candidates = [
      "\(directory)/moonpoold", "\(directory)/../lib/moonpool/moonpoold", "\(directory)/../sbin/moonpoold",
    ]
    for path in candidates where access(path, X_OK) == 0 {
      let vector = CStringArray([path] + arguments)
      let status = cl_execve(path, vector.pointer, environ)
      throw CommandFailure("cannot execute \(path): \(Errno(-status))")
    }
    throw CommandFailure("moonpoold is not installed: looked for \(candidates.joined(separator: ", "))")
  }

  private static func own() throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { throw CommandFailure("cannot find this program's own path: \(Errno(errno))") }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

enum HooksTestCommand: CommandDefinition {
  static var command: Command {
    delegated("Run the tests of hooks", "[OPTIONS] DIR [DIR...]", ["hooks", "test"])
  }

  /// All arguments go on unread, `--help` included.
  static func delegated(_ summary: String, _ synopsis: String, _ words: [String]) -> Command {
    Command(summary: summary, synopsis: synopsis, arguments: .any, passesThrough: true) { invocation in
      invocation.session.output.flush()
      try EngineProgram.replaceSelf(with: words + invocation.arguments)
    }
  }
}

enum HooksCheckCommand: CommandDefinition {
  static var command: Command {
    HooksTestCommand.delegated(
      "Parse hooks and check their configuration", "[OPTIONS] DIR [DIR...]", ["hooks", "check"])
  }
}

enum PluginCheckCommand: CommandDefinition {
  static var command: Command {
    HooksTestCommand.delegated("Run the conformance tests of a driver", "[OPTIONS] DIR", ["plugin", "check"])
  }
}

enum PluginTestCommand: CommandDefinition {
  static var command: Command {
    HooksTestCommand.delegated("Run the tests of drivers", "[OPTIONS] DIR [DIR...]", ["plugin", "test"])
  }
}
