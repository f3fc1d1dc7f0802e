import Glibc
import JSON
import LinuxSystem
import Logging
import Testing

@testable import Scripting

/// A hooks directory of its own under /tmp, gone afterwards.
final class Site: Sendable {
  let root: String
  let services = MemoryServices()
  let host: HookHost

  private init() {
    root = "/tmp/moonpool-test-hooks-\(UInt64.random(in: 0 ... .max))"
    host = Self.host(root, services)
  }

  private static func host(_ root: String, _ services: MemoryServices) -> HookHost {
    HookHost(
      directory: "\(root)/hooks", versions: "\(root)/versions", services: services,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  static func with(
    _ hooks: [String: String], settings: String? = nil, _ body: (Site) async throws -> Void
  ) async throws {
    let site = Site()
    mkdir(site.root, 0o700)
    mkdir(site.root + "/hooks", 0o700)
    for (name, text) in hooks { site.write("\(name)/init.lua", text) }
    if let settings { site.write("hooks.json", settings) }
    await site.host.reload()
    do {
      try await body(site)
    } catch {
      site.remove()
      throw error
    }
    site.remove()
  }

  /// The host after a restart of the daemon.
  func restarted() async -> HookHost {
    let host = Self.host(root, services)
    await host.reload()
    return host
  }

  func write(_ path: String, _ text: String) {
    let full = "\(root)/hooks/\(path)"
    if let slash = path.lastIndex(of: "/") { mkdir("\(root)/hooks/\(path[..<slash])", 0o700) }
    let file = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    _ = text.withCString { Glibc.write(file, $0, strlen($0)) }
    close(file)
  }

  func delete(_ path: String) { unlink("\(root)/hooks/\(path)") }

  private func remove() {
    host.stop()
    try? Directory.removeAll(root)
  }

  /// The hook's text: declaration and end around the rules.
  static func hook(_ name: String, _ rules: String, version: String = "1", config: String = "nil") -> String {
    """
    local hook = engine.hook { api = 1, name = "\(name)", version = "\(version)", config = \(config) }
    \(rules)
    return hook
    """
  }

  func create(_ line: String = "run alpine") async throws -> Decision {
    let payload = TestEvents.event(.create, try DockerCommandLine.parse(line))
    return await host.evaluate(.create, payload: payload)
  }

  func status(_ name: String) -> HookStatus? { host.status.first { $0.name == name } }
}

extension Decision {
  subscript(path: String...) -> JSONValue? {
    path.reduce(JSONValue?.some(.object(payload))) { $0?[$1] }
  }
}
