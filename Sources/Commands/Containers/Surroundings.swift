internal import Glibc
internal import LinuxSystem

/// What a command line means beyond its words: the client's environment, files and directory.
struct Surroundings: Sendable {
  var environment: @Sendable (String) -> String?
  var readFile: @Sendable (String) throws -> String
  var workingDirectory: @Sendable () -> String
  /// The terminal's size, where there is one.
  var terminal: Terminal.Size?

  static var real: Surroundings {
    Surroundings(
      environment: { name in getenv(name).map { String(cString: $0) } },
      readFile: { path in
        do throws(SystemError) {
          return try File.readText(path)
        } catch {
          throw CommandFailure("open \(path): \(error.errno)")
        }
      },
      workingDirectory: {
        guard let pointer = getcwd(nil, 0) else { return "/" }
        defer { free(pointer) }
        return String(cString: pointer)
      },
      terminal: Terminal.size(of: STDOUT_FILENO))
  }

  func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(workingDirectory())/\(path)"
  }
}
