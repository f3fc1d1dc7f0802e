/// One challenge of a `WWW-Authenticate` header (RFC 9110 §11.6.1).
struct Challenge: Hashable, Sendable {
  /// In lower case: `bearer`, `basic`.
  var scheme: String
  /// Names in lower case.
  var parameters: [String: String]

  /// Reads all challenges of one header; several may stand in it, separated by the same commas as parameters are.
  static func parse(_ header: String) -> [Challenge] {
    var challenges: [Challenge] = []
    var scanner = Scanner(rest: header[...])
    while true {
      scanner.skip { $0 == " " || $0 == "\t" || $0 == "," }
      let word = scanner.token()
      guard !word.isEmpty else { return challenges }
      scanner.skip { $0 == " " || $0 == "\t" }
      if scanner.rest.first == "=", !challenges.isEmpty {
        scanner.rest.removeFirst()
        scanner.skip { $0 == " " || $0 == "\t" }
        let value = scanner.rest.first == "\"" ? scanner.quoted() : scanner.token()
        challenges[challenges.count - 1].parameters[word.lowercased()] = value
      } else {
        challenges.append(Challenge(scheme: word.lowercased(), parameters: [:]))
      }
    }
  }

  private struct Scanner {
    var rest: Substring

    mutating func skip(_ predicate: (Character) -> Bool) {
      rest = rest.drop(while: predicate)
    }

    mutating func token() -> String {
      let word = rest.prefix { !" \t,=\"".contains($0) }
      rest = rest[word.endIndex...]
      return String(word)
    }

    mutating func quoted() -> String {
      var value = ""
      rest.removeFirst()
      while let character = rest.popFirst(), character != "\"" {
        if character == "\\", let escaped = rest.popFirst() {
          value.append(escaped)
        } else {
          value.append(character)
        }
      }
      return value
    }
  }
}
