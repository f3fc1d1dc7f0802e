internal import EngineAPI
internal import Glibc
internal import JSON
internal import LinuxSystem

/// The credentials that `login` keeps in Docker's file: `~/.docker/config.json`, `auths`.
struct CredentialStore {
  let path: String

  init() {
    let directory = Session.environment("DOCKER_CONFIG") ?? "\(Session.environment("HOME") ?? "/root")/.docker"
    path = "\(directory)/config.json"
  }

  /// The key under which Docker keeps Docker Hub.
  static let hub = "https://index.docker.io/v1/"

  static func key(of domain: String) -> String {
    domain.isEmpty || domain == "docker.io" || domain == "index.docker.io" ? hub : domain
  }

  /// The registry that a reference names, by Docker's rule for the first component.
  static func domain(of reference: String) -> String {
    guard let slash = reference.firstIndex(of: "/") else { return "docker.io" }
    let first = reference[..<slash]
    return first.contains(".") || first.contains(":") || first == "localhost" ? String(first) : "docker.io"
  }

  private func document() -> JSONValue {
    guard let text = try? File.readText(path), let value = try? JSON.parse(text) else { return .object([:]) }
    return value
  }

  func credentials(for domain: String) -> AuthConfig? {
    let key = Self.key(of: domain)
    guard let entry = document()["auths"]?[key] else { return nil }
    var result = AuthConfig(serveraddress: key)
    result.identitytoken = entry["identitytoken"]?.stringValue
    result.registrytoken = entry["registrytoken"]?.stringValue
    if let text = entry["auth"]?.stringValue, let bytes = Base64.decode(text.utf8) {
      let pair = String(decoding: bytes, as: UTF8.self).split(
        separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2 {
        result.username = String(pair[0])
        result.password = String(pair[1])
      }
    }
    return result
  }

  /// The value of `X-Registry-Auth`: the credentials as JSON in base64url.
  func header(for domain: String) -> String? {
    guard let credentials = credentials(for: domain), let bytes = try? JSON.encode(credentials) else { return nil }
    return String(decoding: Base64.encode(bytes, urlSafe: true), as: UTF8.self)
  }

  func store(_ credentials: AuthConfig, for domain: String) throws {
    var value = document()
    var entry = JSONObject()
    let pair = "\(credentials.username ?? ""):\(credentials.identitytoken == nil ? credentials.password ?? "" : "")"
    entry["auth"] = .string(String(decoding: Base64.encode(Array(pair.utf8)), as: UTF8.self))
    if let token = credentials.identitytoken { entry["identitytoken"] = .string(token) }
    var auths = value["auths"] ?? .object([:])
    auths[Self.key(of: domain)] = .object(entry)
    value["auths"] = auths
    try write(value)
  }

  /// Whether there was anything to remove.
  func remove(_ domain: String) throws -> Bool {
    var value = document()
    guard var auths = value["auths"], auths[Self.key(of: domain)] != nil else { return false }
    auths[Self.key(of: domain)] = nil
    value["auths"] = auths
    try write(value)
    return true
  }

  private func write(_ value: JSONValue) throws {
    if let slash = path.lastIndex(of: "/") { try ConfigurationDirectory.makeDirectories(String(path[..<slash])) }
    try File.replace(path, with: JSON.write(value, pretty: true) + [10], mode: 0o600)
  }
}
