import JSON

/// Takes secrets out of what is logged: values whose name says that they are secret become `***`.
enum Redaction {
  private static let words = ["pass", "secret", "token", "key", "credential", "auth", "private"]

  static func apply(_ value: JSONValue) -> JSONValue {
    switch value {
    case .string(let text):
      // "DB_PASSWORD=…", as in Config.Env.
      guard let equals = text.firstIndex(of: "="), isSecret(String(text[..<equals])) else { return value }
      return .string("\(text[..<equals])=***")
    case .array(let list): return .array(list.map(apply))
    case .object(let members):
      return .object(JSONObject(members.map { ($0.key, isSecret($0.key) ? .string("***") : apply($0.value)) }))
    default: return value
    }
  }

  private static func isSecret(_ name: String) -> Bool {
    let name = name.lowercased()
    return words.contains { name.contains($0) }
  }
}
