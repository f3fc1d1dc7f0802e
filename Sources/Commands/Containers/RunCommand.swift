internal import EngineAPI
internal import EngineClient
internal import JSON

/// `run`: create, attach, start, wait.
///
/// Three exchanges: create; attach and wait side by side, both registered before the third, start. So no output and no
/// exit is missed, and nothing is asked twice.
enum RunCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Create and run a new container from an image",
      synopsis: "[OPTIONS] IMAGE [COMMAND] [ARG...]", arguments: .atLeast(1),
      flags: ContainerFlags.table + [
        Flag("detach", "d", .bool, "Run container in background and print container ID"),
        Flag("detach-keys", nil, .string, "Override the key sequence for detaching a container"),
        Flag("sig-proxy", nil, .bool, "Proxy received signals to the process", initial: "true"),
      ], isInterspersed: false, failureStatus: 125, run: run)
  }

  static func run(_ invocation: Invocation) throws -> Int32 {
    let (flags, session) = (invocation.flags, invocation.session)
    var options = try ContainerOptions(flags, .real)
    let isDetached = flags.bool("detach")
    if isDetached {
      guard !flags.isSet("attach") else {
        throw UsageError("conflicting options: cannot specify both --attach and --detach")
      }
      options.request.config.attachStdin = false
      options.request.config.attachStdout = false
      options.request.config.attachStderr = false
      options.request.config.stdinOnce = false
    }
    let config = options.request.config
    try ContainerAttachment.checkTerminal(config.attachStdin, config.tty)
    if flags.isSet("detach-keys") { _ = try DetachKeys(flags.string("detach-keys")) }
    let client = try session.client()
    let id = try ContainerCreation.create(options, quiet: flags.bool("quiet"), session: session)
    let start = Request(.post, "/containers/\(id)/start", bytes: nil)
    guard config.attachStdin || config.attachStdout || config.attachStderr else {
      try failingStart { _ = try client.bytes(start) }
      session.output.print(id)
      return 0
    }

    let attachment = ContainerAttachment(
      id: id, hasTerminal: config.tty, attachesInput: config.attachStdin, attachesOutput: config.attachStdout,
      attachesErrors: config.attachStderr, detachKeys: flags.isSet("detach-keys") ? flags.string("detach-keys") : nil,
      forwardsSignals: flags.bool("sig-proxy"))
    let signals = ContainerAttachment.signals(hasTerminal: config.tty, forwards: attachment.forwardsSignals)
    let isRemoved = options.request.hostConfig.autoRemove ?? false
    let attaching = try client.begin(attachment.request(), hijack: true)
    let waiting = try ContainerExit.begin(id, condition: isRemoved ? "removed" : "next-exit", session: session)
    let attached = try attaching.finish()
    let exit = try waiting.finish()
    do {
      try failingStart { _ = try client.bytes(start) }
    } catch {
      // A container with --rm that could not start is gone before this program is.
      if isRemoved { _ = try? ContainerExit.status(of: exit) }
      throw error
    }
    if try attachment.run(attached, session: session, signals: signals) == .detached {
      session.errors.print("read escape sequence")
      return 0
    }
    return try ContainerExit.status(of: exit)
  }

  private static func failingStart(_ start: () throws -> Void) throws {
    do {
      try start()
    } catch let error as ClientError {
      throw CommandFailure("\(error)", status: ContainerExit.statusOfFailedStart(error.message))
    }
  }
}
