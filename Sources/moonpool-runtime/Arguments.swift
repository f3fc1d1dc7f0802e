/// A command line: options of the runtime, a command, options of the command, and what follows.
struct Arguments {
  /// `--root DIR` before the command.
  var globals: [String: String] = [:]
  var command = ""
  /// Options of the command; repeated ones in order.
  var options: [String: [String]] = [:]
  var operands: [String] = []

  /// Options without a value.
  private static let switches: Set<String> = [
    "debug", "systemd-cgroup", "force", "all", "detach", "tty", "quiet", "no-pivot", "no-new-keyring", "init", "help",
    "version", "no-new-privs",
  ]
  private static let short: [String: String] = [
    "b": "bundle", "f": "format", "a": "all", "d": "detach", "t": "tty", "p": "process", "e": "env", "u": "user",
    "c": "cap", "q": "quiet", "h": "help", "v": "version",
  ]

  init(_ arguments: [String]) throws(UsageError) {
    var rest = arguments[...]
    func option() throws(UsageError) -> (name: String, value: String)? {
      guard let first = rest.first, first.hasPrefix("-"), first != "-" else { return nil }
      rest.removeFirst()
      let bare = first.drop { $0 == "-" }
      let parts = bare.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      var name = parts.first ?? ""
      if !first.hasPrefix("--") {
        // `delete -f` is runc's short form of --force; elsewhere -f is --format.
        name = name == "f" && command == "delete" ? "force" : Self.short[name] ?? name
      }
      if Self.switches.contains(name) { return (name, "true") }
      if parts.count > 1 { return (name, parts[1]) }
      guard let value = rest.popFirst() else { throw UsageError("option \(first) needs a value") }
      return (name, value)
    }
    while let (name, value) = try option() { globals[name] = value }
    guard let command = rest.popFirst() else { return }
    self.command = command
    while true {
      if rest.first == "--" {
        rest.removeFirst()
        break
      }
      // What follows an exec's container belongs to the program.
      if command == "exec", !operands.isEmpty { break }
      if let (name, value) = try option() {
        options[name, default: []].append(value)
      } else if let operand = rest.popFirst() {
        operands.append(operand)
      } else {
        break
      }
    }
    operands += rest
  }

  func value(_ name: String) -> String? { options[name]?.last }
  func has(_ name: String) -> Bool { options[name] != nil }
}

struct UsageError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
