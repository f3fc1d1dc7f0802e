import Glibc
import LinuxSystem
import Logging

/// A directory of a test's own, gone when the test is over.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = "/tmp/moonpool-test-\(UInt64.random(in: 0...UInt64.max))"
    try Directory.makeAll(path, mode: 0o700)
  }

  deinit { try? Directory.removeAll(path) }

  /// Writes a file below it, with the directories on the way; returns its path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let target = "\(path)/\(name)"
    try Directory.makeAll(String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)]), mode: 0o755)
    try File.replace(target, with: bytes, durability: .process)
    return target
  }

  func directory(_ name: String) throws -> String {
    try Directory.makeAll("\(path)/\(name)", mode: 0o755)
    return "\(path)/\(name)"
  }
}

/// A logger that says nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
