internal import EngineAPI
internal import EngineClient
internal import JSON

enum VolumeListCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "List volumes", synopsis: "[OPTIONS]", arguments: .none,
      flags: [
        FilterFlag.flag,
        Flag(
          "format", nil, .string, "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"
        ),
        Flag("quiet", "q", .bool, "Only display volume names"),
      ]
    ) { invocation in
      let (flags, session) = (invocation.flags, invocation.session)
      let answer = try session.client().json(
        Request(.get, "/volumes", query: ["filters": try FilterFlag.query(flags.list("filter"))]))
      let sorted = (answer["Volumes"]?.arrayValue ?? []).sorted {
        ($0["Name"]?.stringValue ?? "") < ($1["Name"]?.stringValue ?? "")
      }
      let rows = sorted.map { volume -> JSONObject in
        let labels = (volume["Labels"]?.objectValue ?? [:]).map { "\($0.key)=\($0.value.stringValue ?? "")" }
        let size = volume["UsageData"]?["Size"]?.integerValue ?? -1
        let links = volume["UsageData"]?["RefCount"]?.integerValue ?? -1
        return JSONObject(row: [
          "Driver": volume["Driver"] ?? "", "Name": volume["Name"] ?? "", "Scope": volume["Scope"] ?? "",
          "Mountpoint": volume["Mountpoint"] ?? "", "Labels": .string(labels.sorted().joined(separator: ",")),
          "Size": .string(size < 0 ? "N/A" : Human.size(size)), "Links": .string(links < 0 ? "N/A" : "\(links)"),
        ])
      }
      let listing = Listing(
        headers: [
          "Driver": "DRIVER", "Name": "VOLUME NAME", "Scope": "SCOPE", "Mountpoint": "MOUNTPOINT",
          "Labels": "LABELS", "Size": "SIZE", "Links": "LINKS",
        ], standard: #"{{.Driver}}\t{{.Name}}"#, identifier: "Name")
      try listing.print(rows, format: flags.string("format"), quiet: flags.bool("quiet"), to: session.output)
      return 0
    }
  }
}

enum VolumeCreateCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Create a volume", synopsis: "[OPTIONS] [VOLUME]", arguments: .atMost(1),
      flags: [
        Flag("driver", "d", .string, "Specify volume driver name", initial: "local"),
        Flag("label", nil, .list, "Set metadata for a volume"),
        Flag("name", nil, .string, "Specify volume name"),
        Flag("opt", "o", .list, "Set driver specific options"),
      ]
    ) { invocation in
      let flags = invocation.flags
      if flags.isSet("name"), !invocation.arguments.isEmpty {
        throw CommandFailure(
          "conflicting options: cannot specify a volume name through both --name and as a positional arg")
      }
      let request = VolumeCreateRequest(
        name: invocation.arguments.first ?? flags.string("name"), driver: flags.string("driver"),
        driverOpts: KeyValueFiles.looseMap(flags.list("opt")), labels: KeyValueFiles.looseMap(flags.list("label")))
      let answer = try invocation.session.client().json(
        Request(.post, "/volumes/create", bytes: try JSON.encode(request)))
      invocation.session.output.print(answer["Name"]?.stringValue ?? "")
      return 0
    }
  }
}

enum VolumeRemoveCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Remove one or more volumes", synopsis: "[OPTIONS] VOLUME [VOLUME...]", arguments: .atLeast(1),
      flags: [Flag("force", "f", .bool, "Force the removal of one or more volumes")]
    ) { invocation in
      let client = try invocation.session.client()
      return ForEach.container(invocation, "remove") { name in
        let force = invocation.flags.bool("force") ? "1" : nil
        _ = try client.bytes(
          Request(.delete, "/volumes/\(Request.segment(name))", query: ["force": force], bytes: nil))
      }
    }
  }
}
