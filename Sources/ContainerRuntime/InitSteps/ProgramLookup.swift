import CLinux
import LinuxSystem

/// Finds the program as execvp(3) does, in the *container's* PATH, and says why not in Docker's words, which clients
/// match for exit codes 126 and 127.
enum ProgramLookup {
  private static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  static func find(_ name: String, environment: [String], directory: String) throws(RuntimeError) -> String {
    if name.contains("/") {
      let path = name.hasPrefix("/") ? name : directory + "/" + name
      let status: FileStatus
      do { status = try FileStatus.of(path) } catch {
        let kind: RuntimeError.Kind =
          error.errno == .noEntry || error.errno == .notDirectory ? .programNotFound : .programNotExecutable
        throw RuntimeError(
          kind, step: "exec", errno: error.errno, "exec: \"\(name)\": stat \(name): \(text(error.errno))")
      }
      if let problem = problem(status) { throw failure(name, path: path, problem) }
      return path
    }
    // The last PATH counts, as in a shell's environment.
    let search = environment.last { $0.hasPrefix("PATH=") }.map { String($0.dropFirst(5)) } ?? defaultPath
    var refused: Errno?
    for part in search.split(separator: ":", omittingEmptySubsequences: false) {
      let folder = part.isEmpty ? "." : String(part)
      let path = (folder.hasPrefix("/") ? folder : directory + "/" + folder) + "/" + name
      guard let status = try? FileStatus.of(path), !status.isDirectory else { continue }
      if let problem = problem(status) {
        refused = problem
        continue
      }
      return path
    }
    if let refused { throw failure(name, path: name, refused) }
    throw RuntimeError(
      .programNotFound, step: "exec", errno: .noEntry, "exec: \"\(name)\": executable file not found in $PATH")
  }

  private static func problem(_ status: FileStatus) -> Errno? {
    if status.isDirectory { return .isDirectory }
    return status.mode & 0o111 == 0 ? .accessDenied : nil
  }

  /// The error of an exec that failed.
  static func failure(_ name: String, path: String, _ errno: Errno) -> RuntimeError {
    switch errno {
    case .noEntry:
      // The file was found: its interpreter or loader is what is missing.
      RuntimeError(.programNotFound, step: "exec", errno: errno, "exec \(path): no such file or directory")
    case .accessDenied, .isDirectory, .notPermitted:
      RuntimeError(.programNotExecutable, step: "exec", errno: errno, "exec: \"\(name)\": \(text(errno))")
    default:
      RuntimeError(.programNotExecutable, step: "exec", errno: errno, "exec \(path): \(text(errno))")
    }
  }

  /// Go's texts, which begin in lower case.
  private static func text(_ errno: Errno) -> String {
    let text = errno.description
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}
