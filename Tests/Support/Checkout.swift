import Glibc

/// The checkout that the tests were built from.
public enum Checkout {
  /// Absolute path of the directory that holds `Package.swift`.
  public static let path: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  /// Runs a shell command in the checkout and returns what it wrote to its standard output.
  public static func output(of command: String) throws(CommandFailure) -> (text: [UInt8], status: Int32) {
    guard let stream = popen("cd '\(path)' && \(command)", "r") else {
      throw CommandFailure(command: command, reason: String(cString: strerror(errno)))
    }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = fread(&buffer, 1, buffer.count, stream)
      if count == 0 { break }
      text += buffer[..<count]
    }
    let status = pclose(stream)
    return (text, (status >> 8) & 0xff)
  }
}

public struct CommandFailure: Error {
  public var command: String
  public var reason: String

  public init(command: String, reason: String) {
    self.command = command
    self.reason = reason
  }
}
