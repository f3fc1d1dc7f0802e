internal import EngineClient
internal import JSON

enum LogsCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Fetch the logs of a container", synopsis: "[OPTIONS] CONTAINER", arguments: .exactly(1),
      flags: [
        Flag("details", nil, .bool, "Show extra details provided to logs"),
        Flag("follow", "f", .bool, "Follow log output"),
        Flag(
          "since", nil, .string, "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\")"),
        Flag("tail", "n", .string, "Number of lines to show from the end of the logs", initial: "all"),
        Flag("timestamps", "t", .bool, "Show timestamps"),
        Flag(
          "until", nil, .string,
          "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\")"),
      ]
    ) { invocation in
      let (flags, session) = (invocation.flags, invocation.session)
      let client = try session.client()
      let path = "/containers/\(Request.segment(invocation.arguments[0]))"
      func flag(_ name: String) -> String? { flags.bool(name) ? "1" : nil }
      let response = try client.open(
        Request(
          .get, "\(path)/logs",
          query: [
            "stdout": "1", "stderr": "1", "follow": flag("follow"), "timestamps": flag("timestamps"),
            "details": flag("details"), "tail": flags.string("tail"),
            "since": flags.isSet("since") ? try TimeFlag.unix(flags.string("since")) : nil,
            "until": flags.isSet("until") ? try TimeFlag.unix(flags.string("until")) : nil,
          ]))
      // The type says whether the stream has frames; an old daemon does not say, then the container's settings do.
      let isFramed: Bool
      switch response.head["content-type"] {
      case "application/vnd.docker.multiplexed-stream": isFramed = true
      case "application/vnd.docker.raw-stream": isFramed = false
      default:
        isFramed = !(try client.json(Request(.get, "\(path)/json"))["Config"]?["Tty"]?.boolValue ?? false)
      }
      var frames = StreamDemultiplexer()
      while let bytes = try response.connection.readBody() {
        if isFramed {
          try frames.feed(bytes) { stream, part in
            switch stream {
            case .output: session.output.write(part)
            case .errors: session.errors.write(part)
            }
          }
        } else {
          session.output.write(bytes)
        }
        if !response.connection.hasBufferedBytes {
          session.output.flush()
          session.errors.flush()
        }
      }
      return 0
    }
  }
}
