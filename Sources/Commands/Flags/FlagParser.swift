/// What a user gave: flags by name and the arguments between or after them.
struct ParsedFlags: Sendable {
  private(set) var values: [String: [String]] = [:]
  private var table: [Flag]
  var arguments: [String] = []

  init(_ table: [Flag]) { self.table = table }

  mutating func set(_ flag: Flag, _ value: String) {
    if case .list = flag.kind { values[flag.name, default: []].append(value) } else { values[flag.name] = [value] }
  }

  /// The same values, with the defaults of a larger table.
  func with(table: [Flag]) -> ParsedFlags {
    var copy = self
    copy.table = table
    return copy
  }

  /// Whether it stands on the command line, whatever its value.
  func isSet(_ name: String) -> Bool { values[name] != nil }

  func string(_ name: String) -> String { values[name]?.last ?? table.first { $0.name == name }?.initial ?? "" }
  func list(_ name: String) -> [String] { values[name] ?? [] }
  func bool(_ name: String) -> Bool { Flag.bool(string(name)) ?? false }
  func int(_ name: String) -> Int64 { Int64(string(name)) ?? 0 }
}

/// Parses arguments as pflag does: users of Docker's CLI know its rules.
///
/// * `--name value`, `--name=value`; a bool takes a value only after `=`
/// * `-it`, `-p80:80`, `-p=80:80`, `-p 80:80`
/// * `--` ends the flags
/// * not interspersed: the first argument ends them too (`run IMAGE ls -l`)
struct FlagParser {
  var table: [Flag]
  var isInterspersed = true

  func parse(_ arguments: [String]) throws(UsageError) -> ParsedFlags {
    var parsed = ParsedFlags(table)
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        parsed.arguments += rest
        break
      }
      if argument.hasPrefix("--") {
        try parseLong(argument, &rest, &parsed)
      } else if argument.hasPrefix("-"), argument != "-" {
        try parseShort(argument, &rest, &parsed)
      } else {
        parsed.arguments.append(argument)
        if !isInterspersed {
          parsed.arguments += rest
          break
        }
      }
    }
    return parsed
  }

  private func parseLong(
    _ argument: String, _ rest: inout ArraySlice<String>, _ parsed: inout ParsedFlags
  ) throws(UsageError) {
    let body = argument.dropFirst(2)
    let name = body.prefix { $0 != "=" }
    guard !name.isEmpty, !name.hasPrefix("-") else { throw UsageError("bad flag syntax: \(argument)") }
    guard let flag = table.first(where: { $0.name == name || $0.aliases.contains(String(name)) }) else {
      if name == "help" { throw UsageError.help }
      throw UsageError("unknown flag: --\(name)")
    }
    if name.endIndex != body.endIndex {
      try set(flag, String(body[body.index(after: name.endIndex)...]), &parsed)
    } else if case .bool = flag.kind {
      try set(flag, "true", &parsed)
    } else if let value = rest.popFirst() {
      try set(flag, value, &parsed)
    } else {
      throw UsageError("flag needs an argument: --\(name)")
    }
  }

  private func parseShort(
    _ argument: String, _ rest: inout ArraySlice<String>, _ parsed: inout ParsedFlags
  ) throws(UsageError) {
    var letters = argument.dropFirst()
    while let letter = letters.popFirst() {
      guard let flag = table.first(where: { $0.short == letter }) else {
        if letter == "h" { throw UsageError.help }
        throw UsageError("unknown shorthand flag: '\(letter)' in \(argument)")
      }
      if letters.count > 1, letters.first == "=" {
        try set(flag, String(letters.dropFirst()), &parsed)
        return
      }
      if case .bool = flag.kind {
        try set(flag, "true", &parsed)
      } else if !letters.isEmpty {
        try set(flag, String(letters), &parsed)
        return
      } else if let value = rest.popFirst() {
        try set(flag, value, &parsed)
        return
      } else {
        throw UsageError("flag needs an argument: '\(letter)' in \(argument)")
      }
    }
  }

  private func set(_ flag: Flag, _ value: String, _ parsed: inout ParsedFlags) throws(UsageError) {
    if let complaint = flag.complaint(about: value) {
      throw UsageError("invalid argument \"\(value)\" for \"\(flag.title)\" flag: \(complaint)")
    }
    parsed.set(flag, value)
  }
}

/// A command line that cannot be understood; ends with 125, or with help.
struct UsageError: Error, Sendable, Hashable, CustomStringConvertible {
  var message: String
  var isHelp = false

  init(_ message: String) { self.message = message }

  static var help: UsageError {
    var error = UsageError("")
    error.isHelp = true
    return error
  }

  var description: String { message }
}
