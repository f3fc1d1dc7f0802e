import JSON
import LinuxSystem

extension DaemonOptions {
  /// Reads the command line, and under it the configuration file. The same thing in both is an error, as in Docker.
  static func read(_ arguments: [String], file: (String) throws -> [UInt8]? = Self.contents) throws -> DaemonOptions {
    var options = DaemonOptions()
    let used = try options.parse(arguments)
    if options.action == .serve || options.action == .validate {
      guard let bytes = try file(options.configFile) else {
        if used.contains("config-file") {
          throw OptionError("unable to configure the daemon with file \(options.configFile): no such file or directory")
        }
        return options
      }
      try options.apply(bytes, used: used)
    }
    return options
  }

  static func contents(_ path: String) throws -> [UInt8]? {
    guard FileStatus.exists(path) else { return nil }
    return try File.read(path)
  }

  /// pflag's forms: `--name value`, `--name=value`, `-Hvalue`, `-H value`; a boolean takes its value only with "=".
  private mutating func parse(_ arguments: [String]) throws(OptionError) -> Set<String> {
    var used: Set<String> = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("-"), argument != "-" else {
        throw OptionError("unexpected argument \"\(argument)\"; see moonpoold --help")
      }
      let (flag, inline) = try Self.find(argument)
      used.insert(flag.name)
      if case .boolean(let set) = flag.kind {
        set(&self, try Self.boolean(inline ?? "true", flag.name))
        continue
      }
      guard let value = inline ?? rest.popFirst() else { throw OptionError("flag needs an argument: \(argument)") }
      try apply(flag, value)
    }
    return used
  }

  private static func find(_ argument: String) throws(OptionError) -> (DaemonFlag, String?) {
    if argument.hasPrefix("--") {
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let flag = DaemonFlag.all.first(where: { $0.name == parts[0] }) else {
        throw OptionError("unknown flag: --\(parts[0])")
      }
      return (flag, parts.count > 1 ? String(parts[1]) : nil)
    }
    let letter = argument[argument.index(after: argument.startIndex)]
    guard let flag = DaemonFlag.all.first(where: { $0.short == letter }) else {
      throw OptionError("unknown shorthand flag: '\(letter)' in \(argument)")
    }
    var value = argument.dropFirst(2)
    if value.first == "=" { value = value.dropFirst() }
    return (flag, value.isEmpty ? nil : String(value))
  }

  private static func boolean(_ text: String, _ name: String) throws(OptionError) -> Bool {
    switch text {
    case "1", "t", "T", "true", "TRUE", "True": return true
    case "0", "f", "F", "false", "FALSE", "False": return false
    default: throw OptionError("invalid argument \"\(text)\" for \"--\(name)\" flag: a boolean is needed")
    }
  }

  private mutating func apply(_ flag: DaemonFlag, _ value: String) throws(OptionError) {
    switch flag.kind {
    case .boolean(let set): set(&self, try Self.boolean(value, flag.name))
    case .text(_, let set), .list(_, let set): try set(&self, value)
    case .map(_, let set):
      let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else {
        throw OptionError("invalid argument \"\(value)\" for --\(flag.name): KEY=VALUE is needed")
      }
      set(&self, parts[0], parts[1])
    }
  }

  private mutating func apply(_ bytes: [UInt8], used: Set<String>) throws(OptionError) {
    let file: JSONObject
    do {
      guard let object = try JSON.parse(bytes).objectValue else { throw OptionError("it is no JSON object") }
      file = object
    } catch {
      throw OptionError("unable to configure the daemon with file \(configFile): \(error)")
    }
    var conflicts: [String] = []
    for (key, value) in file {
      guard let flag = DaemonFlag.all.first(where: { $0.key == key }) else {
        throw OptionError(
          "unable to configure the daemon with file \(configFile): the following directives don't match any configuration option: \(key)"
        )
      }
      if used.contains(flag.name), case .list = flag.kind {
      } else if used.contains(flag.name) {
        conflicts.append("\(key): (from flag and file)")
        continue
      }
      if used.contains(flag.name), key == "hosts" { conflicts.append(key) }
      try apply(flag, fromFile: value, key: key)
    }
    guard conflicts.isEmpty else {
      throw OptionError(
        "unable to configure the daemon with file \(configFile): the following directives are specified both as a flag and in the configuration file: \(conflicts.joined(separator: ", "))"
      )
    }
  }

  private mutating func apply(_ flag: DaemonFlag, fromFile value: JSONValue, key: String) throws(OptionError) {
    func mismatch(_ expected: String) -> OptionError {
      OptionError(
        "unable to configure the daemon with file \(configFile): \(key): expected \(expected), got \(value.kind)")
    }
    switch (flag.kind, value) {
    case (.boolean(let set), .bool(let flag)): set(&self, flag)
    case (.boolean, _): throw mismatch("a boolean")
    case (.text(_, let set), .string(let text)): try set(&self, text)
    case (.text(_, let set), .integer(let number)): try set(&self, "\(number)")
    case (.text, _): throw mismatch("a string")
    case (.list(_, let set), .array(let elements)):
      for element in elements {
        guard let text = element.stringValue else { throw mismatch("a list of strings") }
        try set(&self, text)
      }
    case (.list(_, let set), .object(let members)) where key == "default-ulimits":
      for (name, limit) in members {
        guard let soft = limit["Soft"]?.integerValue, let hard = limit["Hard"]?.integerValue else {
          throw mismatch("an object with Name, Hard and Soft for each limit")
        }
        try set(&self, "\(name)=\(soft):\(hard)")
      }
    case (.list, _): throw mismatch("a list")
    case (.map(_, let set), .object(let members)):
      for (name, element) in members {
        guard let text = element.stringValue else { throw mismatch("an object of strings") }
        set(&self, name, text)
      }
    case (.map, _): throw mismatch("an object")
    }
  }

  static var help: String {
    var lines = [
      "Usage: moonpoold [OPTIONS]", "",
      "The daemon of Moonpool, a container engine whose every decision can be scripted.", "", "Options:",
    ]
    let rows = DaemonFlag.all.map { flag -> (String, String) in
      let value: String
      switch flag.kind {
      case .boolean: value = ""
      case .text(let name, _), .list(let name, _), .map(let name, _): value = " " + name
      }
      return ((flag.short.map { "  -\($0), " } ?? "      ") + "--\(flag.name)\(value)", flag.help)
    }
    let width = rows.map(\.0.count).max() ?? 0
    for (left, right) in rows { lines.append(left + String(repeating: " ", count: width - left.count + 3) + right) }
    lines += [
      "",
      "moonpoold hooks test DIR and moonpoold plugin check DIR run the tests of a hook or driver and need no daemon.",
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}
