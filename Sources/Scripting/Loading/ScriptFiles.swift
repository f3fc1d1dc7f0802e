import Crypto
import Glibc
import LinuxSystem

/// The Lua files of one hook or driver as they were read together: what is loaded, tested, and kept by its digest.
public struct ScriptFiles: Sendable, Hashable {
  /// The folder's name.
  public var name: String
  /// The folder.
  public var origin: String
  /// By path within the folder: "init.lua", "lib/names.lua", "policy_test.lua".
  public var texts: [String: String]
  /// SHA-256 over paths and texts, in hexadecimal.
  public var digest: String

  public init(name: String, origin: String, texts: [String: String]) {
    self.name = name
    self.origin = origin
    self.texts = texts
    var hash = SHA256()
    for path in texts.keys.sorted() {
      let text = texts[path] ?? ""
      hash.update(data: Array("\(path)\u{0}\(text.utf8.count)\u{0}".utf8))
      hash.update(data: Array(text.utf8))
    }
    digest = hash.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// Files of tests, in order.
  public var tests: [String] { texts.keys.filter { $0.hasSuffix("_test.lua") }.sorted() }

  private static let largest = 1 << 20
  private static let most = 200

  /// Reads a folder with everything in it that ends in `.lua`.
  /// - Parameter ownedOnly: refuses what belongs to somebody else, or what others may write: whoever can write a hook
  ///   decides about every container.
  public static func read(_ directory: String, ownedOnly: Bool) throws(ScriptError) -> ScriptFiles {
    var texts: [String: String] = [:]
    let name = directory.split(separator: "/").last.map(String.init) ?? directory
    try collect(directory, "", ownedOnly: ownedOnly, depth: 0, into: &texts)
    guard texts["init.lua"] != nil else { throw ScriptError("\(directory)/init.lua does not exist") }
    return ScriptFiles(name: name, origin: directory, texts: texts)
  }

  private static func collect(
    _ root: String, _ relative: String, ownedOnly: Bool, depth: Int, into texts: inout [String: String]
  ) throws(ScriptError) {
    let folder = relative.isEmpty ? root : "\(root)/\(relative)"
    guard depth < 8 else { throw ScriptError("\(folder) is nested too deep") }
    if ownedOnly { try refuseForeign(folder) }
    let entries = try attempt { () throws(SystemError) in try Directory.names(folder).sorted() }
    for entry in entries where !entry.hasPrefix(".") {
      let path = relative.isEmpty ? entry : "\(relative)/\(entry)"
      let full = "\(root)/\(path)"
      if try attempt({ () throws(SystemError) in try FileStatus.of(full).isDirectory }) {
        try collect(root, path, ownedOnly: ownedOnly, depth: depth + 1, into: &texts)
        continue
      }
      guard entry.hasSuffix(".lua") else { continue }
      if ownedOnly { try refuseForeign(full) }
      guard texts.count < most else { throw ScriptError("\(root) has more than \(most) Lua files") }
      texts[path] = try attempt { () throws(SystemError) in try File.readText(full, limit: largest) }
    }
  }

  private static func attempt<T>(_ body: () throws(SystemError) -> T) throws(ScriptError) -> T {
    do throws(SystemError) { return try body() } catch { throw ScriptError("\(error)") }
  }

  /// Files and folders that are not the daemon user's, or that group or others may write.
  static func refuseForeign(_ path: String) throws(ScriptError) {
    let status = try attempt { () throws(SystemError) in try FileStatus.of(path) }
    guard status.uid == geteuid() else {
      throw ScriptError("\(path) belongs to user \(status.uid), not to the daemon's user \(geteuid()): chown it")
    }
    guard status.permissions & 0o022 == 0 else {
      throw ScriptError("\(path) can be written by group or others: chmod go-w it")
    }
  }
}
