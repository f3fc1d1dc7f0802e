/// One command: its table of flags, its rule for arguments, and what it does.
struct Command: Sendable {
  enum Arguments: Sendable {
    case none
    case exactly(Int)
    case atLeast(Int)
    case atMost(Int)
    case between(Int, Int)
    case any
  }

  var summary: String
  /// After the command's name in the usage line: `[OPTIONS] IMAGE [COMMAND] [ARG...]`.
  var synopsis: String
  var arguments: Arguments
  var flags: [Flag] = []
  var isInterspersed = true
  /// A failure before the program runs ends with this status: 125 for those that pass on a program's own.
  var failureStatus: Int32 = 1
  var run: @Sendable (Invocation) throws -> Int32

  func complaint(about count: Int, path: String) -> String? {
    func plural(_ count: Int) -> String { "\(count) argument\(count == 1 ? "" : "s")" }
    switch arguments {
    case .any: return nil
    case .none: return count == 0 ? nil : "'\(path)' accepts no arguments"
    case .exactly(let wanted): return count == wanted ? nil : "'\(path)' requires \(plural(wanted))"
    case .atLeast(let least): return count >= least ? nil : "'\(path)' requires at least \(plural(least))"
    case .atMost(let most): return count <= most ? nil : "'\(path)' requires at most \(plural(most))"
    case .between(let least, let most):
      return (least...most).contains(count) ? nil : "'\(path)' requires at least \(least) and at most \(plural(most))"
    }
  }
}

/// A type that stands for a command; one file each.
protocol CommandDefinition: SendableMetatype {
  static var command: Command { get }
}

/// A command being run.
struct Invocation {
  /// `moonpool container run`
  var path: String
  var flags: ParsedFlags
  var session: Session

  var arguments: [String] { flags.arguments }
}

/// A command that ends with a status and, perhaps, a word about it.
struct CommandFailure: Error, CustomStringConvertible {
  var status: Int32
  /// Printed as it is; empty prints nothing.
  var message: String

  init(_ message: String, status: Int32 = 1) {
    self.message = message
    self.status = status
  }

  var description: String { message }
}
