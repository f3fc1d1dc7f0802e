import EngineAPI
import ShimProtocol

/// `--log-driver` and `--log-opt` as the shim is told: lines are always written locally first, so that no log driver
/// can block a container.
enum LogConfiguration {
  static func spec(_ record: ContainerRecord, path: String) throws(EngineError) -> LogSpec {
    let configuration = record.hostConfig.logConfig ?? LogConfig()
    let options = configuration.config ?? [:]
    switch configuration.type {
    case "none": return LogSpec(kind: .none)
    case "", "json-file", "local":
      let isLocal = configuration.type == "local"
      let size = try options["max-size"].map(size) ?? (isLocal ? 20 << 20 : nil)
      let files = try options["max-file"].map(files) ?? (isLocal ? 5 : 1)
      return LogSpec(
        kind: isLocal ? .local : .jsonFile, path: path, maxSize: size.flatMap { $0 > 0 ? $0 : nil }, maxFiles: files,
        attributes: attributes(record, options))
    default:
      throw EngineError(
        .invalidArgument,
        "error looking up logging plugin \(configuration.type): plugin \"\(configuration.type)\" not found")
    }
  }

  static func validate(_ configuration: LogConfig?) throws(EngineError) {
    guard let configuration else { return }
    let known: Set = [
      "max-size", "max-file", "labels", "labels-regex", "env", "env-regex", "tag", "mode", "max-buffer-size",
      "compress",
    ]
    for key in (configuration.config ?? [:]).keys.sorted() where !known.contains(key) {
      throw EngineError(
        .invalidArgument,
        "unknown log opt '\(key)' for \(configuration.type.isEmpty ? "json-file" : configuration.type) log driver")
    }
    if let size = configuration.config?["max-size"] { _ = try self.size(size) }
    if let files = configuration.config?["max-file"] { _ = try self.files(files) }
  }

  private static func size(_ text: String) throws(EngineError) -> Int64 {
    do { return try ByteSize.parse(text) } catch {
      throw EngineError(.invalidArgument, "invalid value for max-size: '\(text)'")
    }
  }

  private static func files(_ text: String) throws(EngineError) -> Int {
    guard let count = Int(text), count >= 1 else {
      throw EngineError(.invalidArgument, "max-file cannot be less than 1: '\(text)'")
    }
    return count
  }

  /// Labels and variables that each line carries, and the tag.
  private static func attributes(_ record: ContainerRecord, _ options: [String: String]) -> [String: String] {
    var attributes: [String: String] = [:]
    let labels = record.config.labels ?? [:]
    for name in (options["labels"] ?? "").split(separator: ",").map(String.init) {
      if let value = labels[name] { attributes[name] = value }
    }
    for name in (options["env"] ?? "").split(separator: ",").map(String.init) {
      let prefix = name + "="
      if let variable = record.config.env?.first(where: { $0.hasPrefix(prefix) }) {
        attributes[name] = String(variable.dropFirst(prefix.count))
      }
    }
    if let tag = options["tag"], !tag.isEmpty {
      attributes["tag"] =
        tag
        .replacingAll("{{.ID}}", with: record.shortID).replacingAll("{{.FullID}}", with: record.id)
        .replacingAll("{{.Name}}", with: record.name).replacingAll("{{.ImageName}}", with: record.imageReference)
    }
    return attributes
  }
}

extension String {
  func replacingAll(_ part: String, with replacement: String) -> String {
    var result = ""
    var rest = self[...]
    while let range = rest.firstRange(of: part) {
      result += rest[..<range.lowerBound] + replacement
      rest = rest[range.upperBound...]
    }
    return result + rest
  }
}
