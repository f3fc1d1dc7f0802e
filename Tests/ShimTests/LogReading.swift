import JSON
import LinuxSystem

extension ShimFixture {
  /// The members of each line of the log that are strings.
  func logLines(suffix: String = "") throws -> [[String: String]] {
    try File.readText(logPath + suffix).split(separator: "\n").map { line in
      var members: [String: String] = [:]
      for (key, value) in try JSON.parse(Array(line.utf8)).objectValue ?? [:] { members[key] = value.stringValue }
      return members
    }
  }
}
