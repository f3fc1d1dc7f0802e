internal import EngineAPI
internal import EngineClient
internal import JSON

enum EventsCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Get real time events from the server", synopsis: "[OPTIONS]", arguments: .none,
      flags: [
        FilterFlag.flag, Flag("format", nil, .string, "Format output using a custom template: 'json' or TEMPLATE"),
        Flag("since", nil, .string, "Show all events created since timestamp"),
        Flag("until", nil, .string, "Stream events until this timestamp"),
      ]
    ) { invocation in
      let (flags, session) = (invocation.flags, invocation.session)
      let format = flags.string("format")
      let template = format.isEmpty || format == "json" ? nil : try Template(Listing.unescaped(format))
      let request = Request(
        .get, "/events",
        query: [
          "filters": try FilterFlag.query(flags.list("filter")),
          "since": flags.isSet("since") ? try TimeFlag.unix(flags.string("since")) : nil,
          "until": flags.isSet("until") ? try TimeFlag.unix(flags.string("until")) : nil,
        ])
      try session.client().stream(request) { event in
        if let template {
          session.output.print(try template.render(event))
        } else {
          session.output.print(format == "json" ? JSON.text(event) : text(event))
        }
        session.output.flush()
      }
      return 0
    }
  }

  /// `2026-11-21T01:02:03.000000004Z container start ID (image=busybox, name=web)`
  static func text(_ event: JSONValue) -> String {
    let moment: Timestamp
    if let nanoseconds = event["timeNano"]?.integerValue, nanoseconds != 0 {
      moment = Timestamp(nanosecondsSince1970: nanoseconds)
    } else {
      moment = Timestamp(seconds: event["time"]?.integerValue ?? 0)
    }
    let actor = event["Actor"]
    var text = "\(moment.fixedWidth) \(event["Type"]?.stringValue ?? "") \(event["Action"]?.stringValue ?? "") "
    text += actor?["ID"]?.stringValue ?? ""
    let attributes = (actor?["Attributes"]?.objectValue ?? [:]).map { "\($0.key)=\($0.value.stringValue ?? "")" }
    return attributes.isEmpty ? text : text + " (\(attributes.sorted().joined(separator: ", ")))"
  }
}
