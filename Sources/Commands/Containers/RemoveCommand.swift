internal import EngineClient

enum RemoveCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Remove one or more containers", synopsis: "[OPTIONS] CONTAINER [CONTAINER...]",
      arguments: .atLeast(1),
      flags: [
        Flag("force", "f", .bool, "Force the removal of a running container (uses SIGKILL)"),
        Flag("link", "l", .bool, "Remove the specified link"),
        Flag("volumes", "v", .bool, "Remove anonymous volumes associated with the container"),
      ]
    ) { invocation in
      let flags = invocation.flags
      let client = try invocation.session.client()
      var status: Int32 = 0
      for name in invocation.arguments {
        do throws(ClientError) {
          _ = try client.bytes(
            Request(
              .delete, "/containers/\(Request.segment(name))",
              query: [
                "force": flags.bool("force") ? "1" : nil, "v": flags.bool("volumes") ? "1" : nil,
                "link": flags.bool("link") ? "1" : nil,
              ], bytes: nil))
          invocation.session.output.print(name)
        } catch {
          // With --force a container that is not there is as good as removed.
          if flags.bool("force"), error.isNotFound {
            invocation.session.errors.print("\(error)")
            continue
          }
          invocation.session.output.flush()
          invocation.session.errors.print("\(error)")
          status = 1
        }
      }
      return status
    }
  }
}
