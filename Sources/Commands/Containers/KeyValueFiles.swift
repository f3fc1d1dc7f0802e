/// `NAME=value` lists from flags and files.
enum KeyValueFiles {
  /// `NAME` alone takes the client's own value; a file's is left out where there is none.
  static func environment(
    _ values: [String], files: [String], _ surroundings: Surroundings
  ) throws -> [String] {
    var result: [String] = []
    for file in files {
      let text = try surroundings.readFile(file)
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        let line = line.drop { $0 == " " || $0 == "\t" || $0 == "\u{feff}" }
        guard !line.isEmpty, !line.hasPrefix("#") else { continue }
        let name = line.prefix { $0 != "=" }
        guard !name.contains(where: { $0 == " " || $0 == "\t" }) else {
          throw CommandFailure(
            "poorly formatted environment: variable '\(name)' contains whitespaces (\(file), line \(number + 1))")
        }
        guard !name.isEmpty else {
          throw CommandFailure("poorly formatted environment: no variable name on line '\(line)'")
        }
        if let pair = pair(String(line), surroundings) { result.append(pair) }
      }
    }
    for value in values {
      guard !value.isEmpty, !value.hasPrefix("=") else {
        throw UsageError("invalid argument \"\(value)\" for \"-e, --env\" flag: invalid environment variable: \(value)")
      }
      // A name that is not set here takes the image's variable of that name away.
      result.append(pair(value, surroundings) ?? value)
    }
    return result
  }

  private static func pair(_ text: String, _ surroundings: Surroundings) -> String? {
    text.contains("=") ? text : surroundings.environment(text).map { "\(text)=\($0)" }
  }

  static func labels(
    _ values: [String], files: [String], _ surroundings: Surroundings
  ) throws -> [String: String]? {
    var result: [String: String] = [:]
    for file in files {
      for line in try surroundings.readFile(file).split(separator: "\n") where !line.hasPrefix("#") {
        add(String(line), to: &result)
      }
    }
    for value in values { add(value, to: &result) }
    return result.isEmpty ? nil : result
  }

  private static func add(_ text: String, to result: inout [String: String]) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    result[parts[0]] = parts.count == 2 ? parts[1] : ""
  }

  /// `name=value` each; nil where there is none.
  static func map(_ values: [String], _ what: String) throws -> [String: String]? {
    var result: [String: String] = [:]
    for value in values {
      let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty else { throw UsageError("invalid \(what): \(value)") }
      result[parts[0]] = parts[1]
    }
    return result.isEmpty ? nil : result
  }

  /// As `map`, where a name alone has an empty value.
  static func looseMap(_ values: [String]) -> [String: String]? {
    var result: [String: String] = [:]
    for value in values { add(value, to: &result) }
    return result.isEmpty ? nil : result
  }
}
