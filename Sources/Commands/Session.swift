internal import CLinux
internal import EngineClient
internal import Glibc
internal import JSON
internal import LinuxSystem

/// One run of the program: where the daemon is, where output goes, what the environment says.
final class Session {
  let output = TextWriter(STDOUT_FILENO)
  let errors = TextWriter(STDERR_FILENO)
  let configuration: ConfigurationDirectory
  private let host: String?
  private let contextName: String?
  private var known: EngineClient?

  /// `host` and `context` are the global flags.
  init(host: String?, context: String?, configuration: String?) {
    self.host = host
    self.contextName = context
    self.configuration = ConfigurationDirectory(override: configuration)
  }

  static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// The address by `-H`, `--context`, `MOONPOOL_HOST`, `DOCKER_HOST`, `MOONPOOL_CONTEXT`, the chosen context, in that
  /// order; else the standard one.
  func address() throws -> DaemonAddress {
    if let host { return try DaemonAddress(host) }
    if let contextName { return try DaemonAddress(try configuration.context(contextName).host) }
    if let host = Self.environment("MOONPOOL_HOST") ?? Self.environment("DOCKER_HOST") {
      return try DaemonAddress(host)
    }
    if let name = Self.environment("MOONPOOL_CONTEXT") ?? configuration.currentContext() {
      return try DaemonAddress(try configuration.context(name).host)
    }
    return .standard
  }

  /// The context in use, for `version`, `info` and `context ls`; `default` where none is.
  func currentContext() -> String {
    if let contextName { return contextName }
    if host != nil || Self.environment("MOONPOOL_HOST") != nil || Self.environment("DOCKER_HOST") != nil {
      return "default"
    }
    return Self.environment("MOONPOOL_CONTEXT") ?? configuration.currentContext() ?? "default"
  }

  func client() throws -> EngineClient {
    if let known { return known }
    let made = EngineClient(address: try address(), version: Self.environment("DOCKER_API_VERSION"))
    known = made
    return made
  }

  /// Asks a question that has to be answered with yes.
  func confirm(_ question: String) -> Bool {
    output.print(question, terminator: "\nAre you sure you want to continue? [y/N] ")
    output.flush()
    let answer = Swift.readLine() ?? ""
    return answer.lowercased() == "y" || answer.lowercased() == "yes"
  }
}
