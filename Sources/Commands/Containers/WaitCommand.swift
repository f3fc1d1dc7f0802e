internal import EngineClient

enum WaitCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Block until one or more containers stop, then print their exit codes",
      synopsis: "CONTAINER [CONTAINER...]", arguments: .atLeast(1)
    ) { invocation in
      let session = invocation.session
      return ForEach.container(invocation, "wait", prints: false) { name in
        let pending = try session.client().begin(
          Request(.post, "/containers/\(Request.segment(name))/wait", bytes: nil))
        session.output.print("\(try ContainerExit.status(of: try pending.finish()))")
        session.output.flush()
      }
    }
  }
}
