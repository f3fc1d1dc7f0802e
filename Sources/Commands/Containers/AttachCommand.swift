internal import EngineClient
internal import JSON

enum AttachCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Attach local standard input, output, and error streams to a running container",
      synopsis: "[OPTIONS] CONTAINER", arguments: .exactly(1),
      flags: [
        Flag("detach-keys", nil, .string, "Override the key sequence for detaching a container"),
        Flag("no-stdin", nil, .bool, "Do not attach STDIN"),
        Flag("sig-proxy", nil, .bool, "Proxy all received signals to the process", initial: "true"),
      ]
    ) { invocation in
      let (flags, session) = (invocation.flags, invocation.session)
      let client = try session.client()
      let container = try client.json(
        Request(.get, "/containers/\(Request.segment(invocation.arguments[0]))/json"))
      let id = container["Id"]?.stringValue ?? invocation.arguments[0]
      let state = container["State"]
      guard state?["Running"]?.boolValue ?? false else {
        throw CommandFailure("cannot attach to a stopped container, start it first")
      }
      if state?["Paused"]?.boolValue ?? false {
        throw CommandFailure("cannot attach to a paused container, unpause it first")
      }
      if state?["Restarting"]?.boolValue ?? false {
        throw CommandFailure("cannot attach to a restarting container, wait until it is running")
      }
      let hasTerminal = container["Config"]?["Tty"]?.boolValue ?? false
      let attachesInput = !flags.bool("no-stdin") && (container["Config"]?["OpenStdin"]?.boolValue ?? false)
      try ContainerAttachment.checkTerminal(attachesInput, hasTerminal)
      let attachment = ContainerAttachment(
        id: id, hasTerminal: hasTerminal, attachesInput: attachesInput, attachesOutput: true, attachesErrors: true,
        detachKeys: flags.isSet("detach-keys") ? flags.string("detach-keys") : nil,
        forwardsSignals: flags.bool("sig-proxy") && !hasTerminal)
      let signals = ContainerAttachment.signals(hasTerminal: hasTerminal, forwards: attachment.forwardsSignals)
      let waiting = try ContainerExit.begin(id, condition: "not-running", session: session)
      let attached = try client.open(attachment.request(), hijack: true)
      if hasTerminal, let size = Terminal.size(of: 1) { ContainerAttachment.resize("/containers/\(id)", size, client) }
      if try attachment.run(attached, session: session, signals: signals) == .detached {
        session.errors.print("read escape sequence")
        return 0
      }
      return try ContainerExit.status(of: try waiting.finish())
    }
  }
}
