/// Help, from the tables.
enum Help {
  static let global: [Flag] = [
    Flag("config", nil, .string, "Location of client config files"),
    Flag("context", "c", .string, "Name of the context to use to connect to the daemon"),
    Flag("debug", "D", .bool, "Enable debug mode"),
    Flag("host", "H", .list, "Daemon socket to connect to"),
    Flag("log-level", "l", .string, "Set the logging level (\"debug\", \"info\", \"warn\", \"error\", \"fatal\")"),
    Flag("version", "v", .bool, "Print version information and quit"),
  ]

  static func command(_ command: Command, path: String, entry: CommandTree.Entry) -> String {
    var text =
      "Usage:  moonpool \(path)\(command.synopsis.isEmpty ? "" : " \(command.synopsis)")\n\n\(command.summary)\n"
    if entry.paths.count > 1 {
      text += "\nAliases:\n  \(entry.paths.map { "moonpool \($0)" }.joined(separator: ", "))\n"
    }
    if !command.flags.isEmpty { text += "\nOptions:\n\(flags(command.flags))" }
    return text
  }

  static func flags(_ table: [Flag]) -> String {
    let sorted = table.sorted { $0.name < $1.name }
    let names = sorted.map { flag in
      "  \(flag.short.map { "-\($0), " } ?? "    ")--\(flag.name)"
        + (flag.kind.placeholder.isEmpty ? "" : " \(flag.kind.placeholder)")
    }
    let width = (names.map(\.count).max() ?? 0) + 3
    return zip(names, sorted).map { name, flag in
      let initial =
        flag.initial.isEmpty ? "" : " (default \(flag.quotesInitial ? "\"\(flag.initial)\"" : flag.initial))"
      return name + String(repeating: " ", count: width - name.count) + flag.usage + initial + "\n"
    }.joined()
  }

  static func noun(_ name: String, _ summary: String) -> String {
    var text = "Usage:  moonpool \(name) COMMAND\n\n\(summary)\n\nCommands:\n"
    let prefix = name + " "
    text += list(
      CommandTree.entries.filter { $0.paths[0].hasPrefix(prefix) }
        .map { (String($0.paths[0].dropFirst(prefix.count)), $0.definition.command.summary) })
    return text + "\nRun 'moonpool \(name) COMMAND --help' for more information on a command.\n"
  }

  static func all() -> String {
    var text = "Usage:  moonpool [OPTIONS] COMMAND\n\nA container engine whose every decision can be scripted\n"
    text += "\nManagement Commands:\n" + list(CommandTree.nouns.map { ($0.name, $0.summary) })
    let short = CommandTree.entries.compactMap { entry in
      entry.paths.first { !$0.contains(" ") }.map { ($0, entry.definition.command.summary) }
    }
    text += "\nCommands:\n" + list(short.sorted { $0.0 < $1.0 })
    text += "\nGlobal Options:\n" + flags(global)
    return text + "\nRun 'moonpool COMMAND --help' for more information on a command.\n"
  }

  private static func list(_ rows: [(String, String)]) -> String {
    let width = (rows.map(\.0.count).max() ?? 0) + 2
    return rows.map { "  \($0)\(String(repeating: " ", count: width - $0.count))\($1)\n" }.joined()
  }
}

extension Flag {
  fileprivate var quotesInitial: Bool {
    switch kind {
    case .string, .list: true
    default: false
    }
  }
}
