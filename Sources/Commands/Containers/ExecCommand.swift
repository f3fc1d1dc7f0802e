internal import EngineAPI
internal import EngineClient
internal import Glibc
internal import JSON

enum ExecCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Execute a command in a running container", synopsis: "[OPTIONS] CONTAINER COMMAND [ARG...]",
      arguments: .atLeast(2),
      flags: [
        Flag("detach", "d", .bool, "Detached mode: run command in the background"),
        Flag("detach-keys", nil, .string, "Override the key sequence for detaching a container"),
        Flag("env", "e", .list, "Set environment variables"),
        Flag("env-file", nil, .list, "Read in a file of environment variables"),
        Flag("interactive", "i", .bool, "Keep STDIN open even if not attached"),
        Flag("privileged", nil, .bool, "Give extended privileges to the command"),
        Flag("tty", "t", .bool, "Allocate a pseudo-TTY"),
        Flag("user", "u", .string, "Username or UID (format: \"<name|uid>[:<group|gid>]\")"),
        Flag("workdir", "w", .string, "Working directory inside the container"),
      ], isInterspersed: false, run: run)
  }

  static func run(_ invocation: Invocation) throws -> Int32 {
    let (flags, session) = (invocation.flags, invocation.session)
    let isDetached = flags.bool("detach")
    var config = ExecConfig()
    config.tty = flags.bool("tty")
    config.user = flags.string("user")
    config.privileged = flags.bool("privileged")
    config.workingDir = flags.string("workdir")
    config.env = try KeyValueFiles.environment(flags.list("env"), files: flags.list("env-file"), .real)
    config.cmd = Array(invocation.arguments.dropFirst())
    config.detach = isDetached
    if !isDetached {
      config.attachStdin = flags.bool("interactive")
      config.attachStdout = true
      config.attachStderr = true
      try ContainerAttachment.checkTerminal(config.attachStdin, config.tty)
    }
    if flags.isSet("detach-keys") {
      _ = try DetachKeys(flags.string("detach-keys"))
      config.detachKeys = flags.string("detach-keys")
    }
    let size = config.tty ? Terminal.size(of: STDOUT_FILENO) : nil
    config.consoleSize = size.map { [$0.rows, $0.columns] }
    let client = try session.client()
    let created = try client.json(
      Request(
        .post, "/containers/\(Request.segment(invocation.arguments[0]))/exec", bytes: try JSON.encode(config)))
    guard let id = created["Id"]?.stringValue else { throw ClientError(.broken, "the daemon's answer has no Id") }
    let start = ExecStartConfig(detach: isDetached, tty: config.tty, consoleSize: config.consoleSize)
    let request = Request(.post, "/exec/\(id)/start", bytes: try JSON.encode(start))
    if isDetached {
      _ = try client.bytes(request)
      return 0
    }
    let signals = ContainerAttachment.signals(hasTerminal: config.tty, forwards: false)
    let response: EngineClient.Response
    do {
      response = try client.open(request, hijack: true)
    } catch {
      let status = ContainerExit.statusOfFailedStart(error.message)
      throw CommandFailure("\(error)", status: status == 125 ? 1 : status)
    }
    var stream = AttachedStream(connection: response.connection, isTerminal: config.tty)
    stream.input = config.attachStdin ? STDIN_FILENO : nil
    stream.output = session.output
    stream.errors = session.errors
    if flags.isSet("detach-keys") { stream.detachKeys = try DetachKeys(flags.string("detach-keys")) }
    stream.signals = signals
    stream.resized = { ContainerAttachment.resize("/exec/\(id)", $0, client) }
    let isRaw = config.tty && config.attachStdin
    if try ContainerAttachment.withRawTerminal(isRaw, { try stream.run() }) == .detached {
      session.errors.print("read escape sequence")
      return 0
    }
    let ended = try client.json(Request(.get, "/exec/\(id)/json"))
    return ended["ExitCode"]?.integerValue.map { Int32(truncatingIfNeeded: $0) } ?? 0
  }
}
