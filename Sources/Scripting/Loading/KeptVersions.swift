import JSON
import LinuxSystem

/// The last good version of each hook, one file per hook with its digest in it: what serves after a restart while the
/// files in the site's folder do not load. A version that was replaced is gone.
struct KeptVersions: Sendable {
  private let directory: String?

  init(_ directory: String?) { self.directory = directory }

  var names: [String] {
    guard let directory, let names = try? Directory.names(directory) else { return [] }
    return names.filter { $0.hasSuffix(".hook") }.map { String($0.dropLast(5)) }
  }

  func keep(_ files: ScriptFiles) {
    guard let directory, self.files(files.name)?.digest != files.digest else { return }
    let object: JSONValue = [
      "digest": .string(files.digest), "origin": .string(files.origin),
      "files": .object(JSONObject(files.texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
    ]
    try? Directory.makeAll(directory, mode: 0o700)
    write(JSON.write(object), to: "\(directory)/\(files.name).hook")
  }

  /// Nil where none was kept, or where it is not what its digest says.
  func files(_ name: String) -> ScriptFiles? {
    guard let directory, let bytes = try? File.read("\(directory)/\(name).hook", limit: 64 << 20),
      let value = try? JSON.parse(bytes), let texts = value["files"]?.objectValue
    else { return nil }
    let files = ScriptFiles(
      name: name, origin: value["origin"]?.stringValue ?? "",
      texts: Dictionary(texts.map { ($0.key, $0.value.stringValue ?? "") }, uniquingKeysWith: { first, _ in first }))
    return value["digest"]?.stringValue == files.digest ? files : nil
  }

  func forget(_ name: String) {
    if let directory { try? Directory.removeAll("\(directory)/\(name).hook") }
  }

  func settings() -> [UInt8]? {
    guard let directory else { return nil }
    return try? File.read("\(directory)/hooks.json", limit: 1 << 20)
  }

  /// Nil forgets them.
  func keepSettings(_ bytes: [UInt8]?) {
    guard let directory else { return }
    guard let bytes else { return (try? Directory.removeAll("\(directory)/hooks.json")) ?? () }
    if settings() == bytes { return }
    try? Directory.makeAll(directory, mode: 0o700)
    write(bytes, to: "\(directory)/hooks.json")
  }

  private func write(_ bytes: [UInt8], to path: String) {
    try? File.replace(path, with: bytes)
  }
}
