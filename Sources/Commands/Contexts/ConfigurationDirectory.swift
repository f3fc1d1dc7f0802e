internal import CLinux
internal import Glibc
internal import JSON
internal import LinuxSystem

/// A named daemon.
struct NamedContext {
  var name: String
  var description: String
  var host: String
}

/// What this client keeps between runs, in `MOONPOOL_CONFIG` or `~/.config/moonpool`:
/// `config.json` (the chosen context) and `contexts/NAME.json`.
struct ConfigurationDirectory {
  let path: String

  init(override: String?) {
    if let chosen = override ?? Session.environment("MOONPOOL_CONFIG") {
      path = chosen
    } else if let base = Session.environment("XDG_CONFIG_HOME") {
      path = "\(base)/moonpool"
    } else {
      path = "\(Session.environment("HOME") ?? "/root")/.config/moonpool"
    }
  }

  private func document(_ name: String) -> JSONValue? {
    guard let text = try? File.readText("\(path)/\(name)") else { return nil }
    return try? JSON.parse(text)
  }

  private func store(_ value: JSONValue, _ name: String) throws {
    for directory in [path, "\(path)/contexts"] { try Self.makeDirectories(directory) }
    try File.replace("\(path)/\(name)", with: JSON.write(value, pretty: true) + [10], mode: 0o600)
  }

  static func makeDirectories(_ path: String) throws {
    var built = path.hasPrefix("/") ? "" : "."
    for component in path.split(separator: "/") {
      built += "/\(component)"
      if mkdir(built, 0o700) != 0, errno != EEXIST {
        throw CommandFailure("cannot create \(built): \(Errno(errno))")
      }
    }
  }

  func currentContext() -> String? {
    guard let name = document("config.json")?["currentContext"]?.stringValue, name != "default" else { return nil }
    return name
  }

  func use(_ name: String) throws {
    if name != "default" { _ = try context(name) }
    var value = document("config.json") ?? .object([:])
    value["currentContext"] = .string(name)
    try store(value, "config.json")
  }

  func context(_ name: String) throws -> NamedContext {
    if name == "default" {
      return NamedContext(
        name: name, description: "Current MOONPOOL_HOST or DOCKER_HOST based configuration",
        host: Session.environment("MOONPOOL_HOST") ?? Session.environment("DOCKER_HOST")
          ?? "unix:///run/moonpool.sock")
    }
    guard Self.isName(name), let value = document("contexts/\(name).json"), let host = value["host"]?.stringValue else {
      throw CommandFailure("context \"\(name)\": context not found: make it with: moonpool context create \(name)")
    }
    return NamedContext(name: name, description: value["description"]?.stringValue ?? "", host: host)
  }

  func store(_ context: NamedContext) throws {
    guard Self.isName(context.name), context.name != "default" else {
      throw CommandFailure(
        "context name \"\(context.name)\" is invalid, names are validated against regexp "
          + "\"^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$\"")
    }
    try store(
      ["name": .string(context.name), "description": .string(context.description), "host": .string(context.host)],
      "contexts/\(context.name).json")
  }

  func remove(_ name: String) throws {
    _ = try context(name)
    guard unlink("\(path)/contexts/\(name).json") == 0 else {
      throw CommandFailure("cannot remove context \(name): \(Errno(errno))")
    }
  }

  func contexts() -> [NamedContext] {
    var names: [String] = []
    if let directory = opendir("\(path)/contexts") {
      defer { closedir(directory) }
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name.hasSuffix(".json") { names.append(String(name.dropLast(5))) }
      }
    }
    return (["default"] + names.sorted()).compactMap { try? context($0) }
  }

  /// A name becomes a file's name.
  static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count >= 2 else { return false }
    func isAlphanumeric(_ byte: UInt8) -> Bool { 48...57 ~= byte || 65...90 ~= byte || 97...122 ~= byte }
    return isAlphanumeric(first) && name.utf8.allSatisfy { isAlphanumeric($0) || "_.+-".utf8.contains($0) }
  }
}
