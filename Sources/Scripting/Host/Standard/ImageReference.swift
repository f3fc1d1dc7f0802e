import JSON

/// An image's name as people write it, in full: "alpine" is "docker.io/library/alpine:latest".
enum ImageReference {
  static func parse(_ text: String) -> JSONObject? {
    var rest = Substring(text)
    var digest: Substring?
    var tag: Substring?
    if let at = rest.firstIndex(of: "@") {
      digest = rest[rest.index(after: at)...]
      rest = rest[..<at]
      guard let digest, digest.contains(":"), digest.count > 8 else { return nil }
    }
    if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
      tag = rest[rest.index(after: colon)...]
      rest = rest[..<colon]
      guard let tag, !tag.isEmpty, tag.count <= 128 else { return nil }
    }
    var registry: Substring = "docker.io"
    if let slash = rest.firstIndex(of: "/") {
      let first = rest[..<slash]
      if first.contains(".") || first.contains(":") || first == "localhost" {
        registry = first
        rest = rest[rest.index(after: slash)...]
      }
    }
    if registry == "index.docker.io" { registry = "docker.io" }
    guard !rest.isEmpty, rest.allSatisfy({ $0.isLowercase || $0.isNumber || "._-/".contains($0) }) else { return nil }
    let repository = registry == "docker.io" && !rest.contains("/") ? "library/\(rest)" : String(rest)
    if tag == nil && digest == nil { tag = "latest" }
    var object: JSONObject = [
      "registry": .string(String(registry)), "repository": .string(repository),
      "name": .string("\(registry)/\(repository)"),
    ]
    object["tag"] = tag.map { .string(String($0)) }
    object["digest"] = digest.map { .string(String($0)) }
    object["full"] = .string(
      "\(registry)/\(repository)" + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? ""))
    return object
  }
}
