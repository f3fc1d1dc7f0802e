internal import CLinux
internal import EngineClient
internal import Glibc

/// The whole program: global flags, the command, its status.
public enum CommandLineProgram {
  /// Runs what `arguments` (without the program's name) say and returns the status to exit with.
  ///
  /// 0; 1 for a failure; 125 for a command line that cannot be understood and for `run` and `exec` that fail before
  /// their program runs; 126 and 127 as a shell has them; else the container's program's own.
  public static func run(_ arguments: [String]) -> Int32 {
    // A reader that went away is an error of write, not the end of this program.
    _ = cl_ignore_signal(13)
    let parsed: ParsedFlags
    do throws(UsageError) {
      parsed = try FlagParser(table: Help.global, isInterspersed: false).parse(arguments)
    } catch {
      let output = TextWriter(error.isHelp ? STDOUT_FILENO : STDERR_FILENO)
      output.print(error.isHelp ? Help.all() : "\(error)\nSee 'moonpool --help'.", terminator: error.isHelp ? "" : "\n")
      output.flush()
      return error.isHelp ? 0 : 125
    }
    let session = Session(
      host: parsed.list("host").last, context: parsed.isSet("context") ? parsed.string("context") : nil,
      configuration: parsed.isSet("config") ? parsed.string("config") : nil)
    let status = dispatch(parsed, session)
    session.output.flush()
    session.errors.flush()
    return status
  }

  private static func dispatch(_ global: ParsedFlags, _ session: Session) -> Int32 {
    if global.bool("version") {
      session.output.print("Moonpool version \(VersionCommand.version)")
      return 0
    }
    var words = global.arguments[...]
    if words.first == "help" {
      words = words.dropFirst()
      words.append("--help")
    }
    guard let (entry, path, rest) = CommandTree.find(words) else { return explain(Array(words), session) }
    let command = entry.definition.command
    let usage = "Usage:  moonpool \(path)\(command.synopsis.isEmpty ? "" : " \(command.synopsis)")"
    do {
      let flags = try FlagParser(table: command.flags, isInterspersed: command.isInterspersed).parse(Array(rest))
      if let complaint = command.complaint(about: flags.arguments.count, path: "moonpool \(path)") {
        session.errors.print(
          "moonpool: \(complaint)\n\n\(usage)\n\nRun 'moonpool \(path) --help' for more information")
        return 1
      }
      return try command.run(Invocation(path: path, flags: flags, session: session))
    } catch let error as UsageError {
      if error.isHelp {
        session.output.print(Help.command(command, path: path, entry: entry), terminator: "")
        return 0
      }
      session.errors.print("\(error)\n\n\(usage)\n\nRun 'moonpool \(path) --help' for more information")
      return 125
    } catch let error as CommandFailure {
      session.output.flush()
      if !error.message.isEmpty { report(error.message, command, session) }
      return max(error.status, command.failureStatus == 125 ? max(125, error.status) : error.status)
    } catch {
      session.output.flush()
      report("\(error)", command, session)
      return command.failureStatus
    }
  }

  /// `run` prefixes its own failures, as its program's words stand on the same stream.
  private static func report(_ message: String, _ command: Command, _ session: Session) {
    guard command.failureStatus == 125 else {
      session.errors.print(message)
      return
    }
    session.errors.print("moonpool: \(message)\n\nRun 'moonpool run --help' for more information")
  }

  private static func explain(_ words: [String], _ session: Session) -> Int32 {
    guard let first = words.first, !first.hasPrefix("-") else {
      session.output.print(Help.all(), terminator: "")
      return 0
    }
    if let noun = CommandTree.nouns.first(where: { $0.name == first }) {
      let isAsked = words.count == 1 || words[1] == "--help" || words[1] == "-h"
      if isAsked {
        session.output.print(Help.noun(noun.name, noun.summary), terminator: "")
        return 0
      }
      session.errors.print(
        "moonpool: unknown command: moonpool \(first) \(words[1])\n\n\(Help.noun(noun.name, noun.summary))")
      return 1
    }
    session.errors.print("moonpool: unknown command: moonpool \(first)\n\nRun 'moonpool --help' for more information")
    return 1
  }
}
