internal import EngineClient
internal import JSON

enum ContextListCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "List contexts", synopsis: "[OPTIONS]", arguments: .none,
      flags: [
        Flag(
          "format", nil, .string, "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"
        ),
        Flag("quiet", "q", .bool, "Only show context names"),
      ]
    ) { invocation in
      let session = invocation.session
      let current = session.currentContext()
      let rows = session.configuration.contexts().map { context in
        JSONObject(row: [
          "Name": .string(context.name), "Description": .string(context.description),
          "DockerEndpoint": .string(context.host), "Current": .string(context.name == current ? "true" : "false"),
          "Star": .string(context.name == current ? "\(context.name) *" : context.name),
        ])
      }
      let listing = Listing(
        headers: ["Star": "NAME", "Name": "NAME", "Description": "DESCRIPTION", "DockerEndpoint": "ENDPOINT"],
        standard: #"{{.Star}}\t{{.Description}}\t{{.DockerEndpoint}}"#, identifier: "Name")
      try listing.print(
        rows, format: invocation.flags.string("format"), quiet: invocation.flags.bool("quiet"), to: session.output)
      return 0
    }
  }
}

enum ContextCreateCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Create a context", synopsis: "[OPTIONS] CONTEXT", arguments: .exactly(1),
      flags: [
        Flag("description", nil, .string, "Description of the context"),
        Flag("docker", nil, .string, "Set the endpoint: host=ADDRESS", aliases: ["moonpool"]),
      ]
    ) { invocation in
      let name = invocation.arguments[0]
      let configuration = invocation.session.configuration
      if (try? configuration.context(name)) != nil { throw CommandFailure("context \"\(name)\" already exists") }
      let endpoint = invocation.flags.string("docker")
      let options = KeyValueFiles.looseMap(try CommaSeparated.fields(endpoint)) ?? [:]
      let host = options["host"] ?? DaemonAddress.standard.description
      _ = try DaemonAddress(host)
      try configuration.store(
        NamedContext(name: name, description: invocation.flags.string("description"), host: host))
      invocation.session.output.print(name)
      invocation.session.output.flush()
      invocation.session.errors.print("Successfully created context \"\(name)\"")
      return 0
    }
  }
}

enum ContextUseCommand: CommandDefinition {
  static var command: Command {
    Command(summary: "Set the current context", synopsis: "CONTEXT", arguments: .exactly(1)) { invocation in
      let name = invocation.arguments[0]
      try invocation.session.configuration.use(name)
      invocation.session.output.print(name)
      invocation.session.output.flush()
      invocation.session.errors.print("Current context is now \"\(name)\"")
      if let host = Session.environment("MOONPOOL_HOST") ?? Session.environment("DOCKER_HOST") {
        invocation.session.errors.print("Warning: the environment's host overrides the context: \(host)")
      }
      return 0
    }
  }
}

enum ContextRemoveCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Remove one or more contexts", synopsis: "CONTEXT [CONTEXT...]", arguments: .atLeast(1),
      flags: [Flag("force", "f", .bool, "Force the removal of a context in use")]
    ) { invocation in
      let configuration = invocation.session.configuration
      return ForEach.container(invocation, "remove") { name in
        guard name != "default" else { throw CommandFailure("context \"default\" cannot be removed") }
        if configuration.currentContext() == name {
          guard invocation.flags.bool("force") else {
            throw CommandFailure("context \"\(name)\" is in use, set -f flag to force remove")
          }
          try configuration.use("default")
        }
        try configuration.remove(name)
      }
    }
  }
}

enum ContextShowCommand: CommandDefinition {
  static var command: Command {
    Command(summary: "Print the name of the current context", synopsis: "", arguments: .none) { invocation in
      invocation.session.output.print(invocation.session.currentContext())
      return 0
    }
  }
}

enum ContextInspectCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Display detailed information on one or more contexts", synopsis: "[OPTIONS] [CONTEXT] [CONTEXT...]",
      arguments: .any, flags: [InspectCommand.format]
    ) { invocation in
      let session = invocation.session
      let names = invocation.arguments.isEmpty ? [session.currentContext()] : invocation.arguments
      let values = try names.map { name -> JSONValue in
        let context = try session.configuration.context(name)
        return [
          "Name": .string(context.name), "Metadata": ["Description": .string(context.description)],
          "Endpoints": ["docker": ["Host": .string(context.host), "SkipTLSVerify": false]],
          "Storage": ["MetadataPath": .string(session.configuration.path)],
        ]
      }
      let format = invocation.flags.string("format")
      if format.isEmpty || format == "json" {
        session.output.print(JSON.text(.array(values), pretty: format.isEmpty))
      } else {
        let template = try Template(Listing.unescaped(format))
        for value in values { session.output.print(try template.render(value)) }
      }
      return 0
    }
  }
}
