internal import EngineClient
internal import JSON

enum StartCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Start one or more stopped containers", synopsis: "[OPTIONS] CONTAINER [CONTAINER...]",
      arguments: .atLeast(1),
      flags: [
        Flag("attach", "a", .bool, "Attach STDOUT/STDERR and forward signals"),
        Flag("detach-keys", nil, .string, "Override the key sequence for detaching a container"),
        Flag("interactive", "i", .bool, "Attach container's STDIN"),
      ], run: run)
  }

  static func run(_ invocation: Invocation) throws -> Int32 {
    let (flags, session) = (invocation.flags, invocation.session)
    guard flags.bool("attach") || flags.bool("interactive") else {
      return ForEach.container(invocation, "start") { id in
        _ = try session.client().bytes(Request(.post, "/containers/\(Request.segment(id))/start", bytes: nil))
      }
    }
    guard let name = invocation.arguments.first, invocation.arguments.count == 1 else {
      throw CommandFailure("you cannot start and attach multiple containers at once")
    }
    let client = try session.client()
    let container = try client.json(Request(.get, "/containers/\(Request.segment(name))/json"))
    let id = container["Id"]?.stringValue ?? name
    let hasTerminal = container["Config"]?["Tty"]?.boolValue ?? false
    let isRemoved = container["HostConfig"]?["AutoRemove"]?.boolValue ?? false
    let attachesInput = flags.bool("interactive") && (container["Config"]?["OpenStdin"]?.boolValue ?? false)
    let attachment = ContainerAttachment(
      id: id, hasTerminal: hasTerminal, attachesInput: attachesInput, attachesOutput: true, attachesErrors: true,
      detachKeys: flags.isSet("detach-keys") ? flags.string("detach-keys") : nil, forwardsSignals: !hasTerminal)
    let signals = ContainerAttachment.signals(hasTerminal: hasTerminal, forwards: attachment.forwardsSignals)
    let attaching = try client.begin(attachment.request(), hijack: true)
    let waiting = try ContainerExit.begin(id, condition: isRemoved ? "removed" : "next-exit", session: session)
    let attached = try attaching.finish()
    let exit = try waiting.finish()
    _ = try client.bytes(Request(.post, "/containers/\(id)/start", bytes: nil))
    if hasTerminal, let size = Terminal.size(of: 1) { ContainerAttachment.resize("/containers/\(id)", size, client) }
    if try attachment.run(attached, session: session, signals: signals) == .detached { return 0 }
    return try ContainerExit.status(of: exit)
  }
}
