internal import EngineAPI
internal import EngineClient
internal import JSON

enum LoginCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Authenticate to a registry", synopsis: "[OPTIONS] [SERVER]", arguments: .atMost(1),
      flags: [
        Flag("password", "p", .string, "Password or Personal Access Token (PAT)"),
        Flag("password-stdin", nil, .bool, "Take the Password or Personal Access Token (PAT) from stdin"),
        Flag("username", "u", .string, "Username"),
      ], run: run)
  }

  static func run(_ invocation: Invocation) throws -> Int32 {
    let (flags, session) = (invocation.flags, invocation.session)
    let domain = invocation.arguments.first.map(bare) ?? ""
    guard !(flags.isSet("password") && flags.bool("password-stdin")) else {
      throw CommandFailure("conflicting options: cannot specify both --password and --password-stdin")
    }
    let store = CredentialStore()
    var username = flags.string("username")
    var password = flags.string("password")
    if flags.bool("password-stdin") {
      guard !username.isEmpty else { throw CommandFailure("the --password-stdin option requires --username to be set") }
      password = Swift.readLine() ?? ""
    } else if flags.isSet("password") {
      session.errors.print("WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
      session.errors.flush()
    }
    if username.isEmpty {
      let known = store.credentials(for: domain)?.username ?? ""
      session.output.print(known.isEmpty ? "Username: " : "Username (\(known)): ", terminator: "")
      session.output.flush()
      let typed = Swift.readLine() ?? ""
      username = typed.isEmpty ? known : typed
    }
    guard !username.isEmpty else { throw CommandFailure("Error: Non-null Username Required") }
    if password.isEmpty {
      guard Terminal.isTerminal(0) else {
        throw CommandFailure("Error: Cannot perform an interactive login from a non TTY device")
      }
      password = Terminal.readSecret("Password: ", to: session.errors)
    }
    guard !password.isEmpty else { throw CommandFailure("Error: Password Required") }
    var credentials = AuthConfig(
      username: username, password: password, serveraddress: CredentialStore.key(of: domain))
    let answer = try session.client().json(Request(.post, "/auth", bytes: try JSON.encode(credentials)))
    if let token = answer["IdentityToken"]?.stringValue, !token.isEmpty {
      credentials.identitytoken = token
      credentials.password = nil
    }
    try store.store(credentials, for: domain)
    session.errors.print("\nWARNING! Your credentials are stored unencrypted in '\(store.path)'.\n")
    session.errors.flush()
    session.output.print(answer["Status"]?.stringValue ?? "Login Succeeded")
    return 0
  }

  /// `https://registry.local/v2/` is `registry.local`.
  static func bare(_ server: String) -> String {
    if server == CredentialStore.hub { return "docker.io" }
    let rest = server.firstOccurrence(of: "://").map { server[$0.upperBound...] } ?? server[...]
    return String(rest.prefix { $0 != "/" })
  }
}

enum LogoutCommand: CommandDefinition {
  static var command: Command {
    Command(summary: "Log out from a registry", synopsis: "[SERVER]", arguments: .atMost(1)) { invocation in
      let domain = invocation.arguments.first.map(LoginCommand.bare) ?? ""
      let shown = domain.isEmpty ? CredentialStore.hub : domain
      if try CredentialStore().remove(domain) {
        invocation.session.output.print("Removing login credentials for \(shown)")
      } else {
        invocation.session.output.print("Not logged in to \(shown)")
      }
      return 0
    }
  }
}
