import JSON
import OCI

/// An image that a container can be made of.
struct ResolvedImage: Sendable {
  /// "sha256:…"
  var id: String
  var configuration: ImageConfiguration
  var repoTags: [String]
  var repoDigests: [String]
  var size: Int64
  var origin: String

  /// The `image` table of an event (HOOKS.md §2).
  var payload: JSONObject {
    var object: JSONObject = [
      "Id": .string(id), "origin": .string(origin), "Size": .integer(size),
      "Labels": .object(
        JSONObject((configuration.config?.labels ?? [:]).map { (key: $0.key, value: .string($0.value)) })),
      "Config": (try? configuration.config.map { try JSON.value(of: $0) }) ?? [:],
    ]
    if let name = repoTags.first { object.merge(Self.reference(name)) }
    return object
  }

  /// A reference taken apart for hooks.
  static func reference(_ text: String) -> JSONObject {
    guard let reference = try? ImageReference(text) else { return ["reference": .string(text)] }
    var object: JSONObject = [
      "reference": .string(reference.familiar), "registry": .string(reference.domain),
      "repository": .string(reference.path),
    ]
    object["tag"] = reference.tag.map { .string($0) }
    object["digest"] = reference.digest.map { .string($0.description) }
    return object
  }
}

extension JSONObject {
  mutating func merge(_ other: JSONObject) {
    for (key, value) in other { self[key] = value }
  }
}
