import Glibc

/// Regular expressions of filters: POSIX extended ones of the C library, as filters come from the network and need no
/// more than that.
enum Pattern {
  /// Whether the pattern is found in the text; a pattern that does not compile is compared as plain text.
  static func isFound(_ pattern: String, in text: String) -> Bool {
    guard pattern.utf8.contains(where: { special.contains($0) }) else { return isPart(pattern, of: text) }
    var compiled = regex_t()
    guard regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0 else { return false }
    defer { regfree(&compiled) }
    return regexec(&compiled, text, 0, nil, 0) == 0
  }

  private static let special = Set("\\^$.|?*+()[]{}".utf8)

  private static func isPart(_ part: String, of text: String) -> Bool {
    let part = Array(part.utf8)
    let text = Array(text.utf8)
    guard part.count <= text.count else { return false }
    return (0...(text.count - part.count)).contains { text[$0..<$0 + part.count].elementsEqual(part) }
  }
}
