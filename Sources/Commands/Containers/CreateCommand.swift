enum CreateCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Create a new container", synopsis: "[OPTIONS] IMAGE [COMMAND] [ARG...]", arguments: .atLeast(1),
      flags: ContainerFlags.table, isInterspersed: false
    ) { invocation in
      let options = try ContainerOptions(invocation.flags, .real)
      let id = try ContainerCreation.create(
        options, quiet: invocation.flags.bool("quiet"), session: invocation.session)
      invocation.session.output.print(id)
      return 0
    }
  }
}
