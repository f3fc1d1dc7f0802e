internal import EngineClient

enum StopCommand: CommandDefinition {
  static let flags = [
    Flag("signal", "s", .string, "Signal to send to the container"),
    Flag("timeout", "t", .int, "Seconds to wait before killing the container", aliases: ["time"]),
  ]

  static var command: Command {
    Command(
      summary: "Stop one or more running containers", synopsis: "[OPTIONS] CONTAINER [CONTAINER...]",
      arguments: .atLeast(1), flags: flags
    ) { try act($0, "stop") }
  }

  static func act(_ invocation: Invocation, _ verb: String) throws -> Int32 {
    let flags = invocation.flags
    let client = try invocation.session.client()
    return ForEach.container(invocation, verb) { name in
      let request = Request(
        .post, "/containers/\(Request.segment(name))/\(verb)",
        query: [
          "signal": flags.isSet("signal") ? flags.string("signal") : nil,
          "t": flags.isSet("timeout") ? flags.string("timeout") : nil,
        ], bytes: nil)
      _ = try client.bytes(request)
    }
  }
}

enum RestartCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Restart one or more containers", synopsis: "[OPTIONS] CONTAINER [CONTAINER...]",
      arguments: .atLeast(1), flags: StopCommand.flags
    ) { try StopCommand.act($0, "restart") }
  }
}

enum KillCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Kill one or more running containers", synopsis: "[OPTIONS] CONTAINER [CONTAINER...]",
      arguments: .atLeast(1), flags: [Flag("signal", "s", .string, "Signal to send to the container")]
    ) { invocation in
      let flags = invocation.flags
      let client = try invocation.session.client()
      return ForEach.container(invocation, "kill") { name in
        let signal = flags.isSet("signal") ? flags.string("signal") : nil
        _ = try client.bytes(
          Request(.post, "/containers/\(Request.segment(name))/kill", query: ["signal": signal], bytes: nil))
      }
    }
  }
}

enum PauseCommand: CommandDefinition {
  static var command: Command { act("pause", "Pause all processes within one or more containers") }

  static func act(_ verb: String, _ summary: String) -> Command {
    Command(summary: summary, synopsis: "CONTAINER [CONTAINER...]", arguments: .atLeast(1)) { invocation in
      let client = try invocation.session.client()
      return ForEach.container(invocation, verb) { name in
        _ = try client.bytes(Request(.post, "/containers/\(Request.segment(name))/\(verb)", bytes: nil))
      }
    }
  }
}

enum UnpauseCommand: CommandDefinition {
  static var command: Command {
    PauseCommand.act("unpause", "Unpause all processes within one or more containers")
  }
}
