internal import EngineClient
internal import JSON

enum RenameCommand: CommandDefinition {
  static var command: Command {
    Command(summary: "Rename a container", synopsis: "CONTAINER NEW_NAME", arguments: .exactly(2)) { invocation in
      _ = try invocation.session.client().bytes(
        Request(
          .post, "/containers/\(Request.segment(invocation.arguments[0]))/rename",
          query: ["name": invocation.arguments[1]], bytes: nil))
      return 0
    }
  }
}

enum TopCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Display the running processes of a container", synopsis: "CONTAINER [ps OPTIONS]",
      arguments: .atLeast(1), isInterspersed: false
    ) { invocation in
      let options = invocation.arguments.dropFirst().joined(separator: " ")
      let answer = try invocation.session.client().json(
        Request(
          .get, "/containers/\(Request.segment(invocation.arguments[0]))/top",
          query: ["ps_args": options.isEmpty ? nil : options]))
      func cells(_ value: JSONValue?) -> [String] { (value?.arrayValue ?? []).map { $0.stringValue ?? "" } }
      var table = Table(rows: [cells(answer["Titles"])])
      for process in answer["Processes"]?.arrayValue ?? [] { table.rows.append(cells(process)) }
      for line in table.lines() { invocation.session.output.print(line) }
      return 0
    }
  }
}

enum PortCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "List port mappings or a specific mapping for the container",
      synopsis: "CONTAINER [PRIVATE_PORT[/PROTO]]", arguments: .between(1, 2)
    ) { invocation in
      let name = invocation.arguments[0]
      let container = try invocation.session.client().json(
        Request(.get, "/containers/\(Request.segment(name))/json"))
      let ports = container["NetworkSettings"]?["Ports"]?.objectValue ?? [:]
      func bindings(_ value: JSONValue) -> [String] {
        (value.arrayValue ?? []).map { binding in
          let address = binding["HostIp"]?.stringValue ?? ""
          let port = binding["HostPort"]?.stringValue ?? ""
          return "\(address.contains(":") ? "[\(address)]" : address):\(port)"
        }
      }
      if let wanted = invocation.arguments.dropFirst().first {
        let key = wanted.contains("/") ? wanted : "\(wanted)/tcp"
        guard let value = ports[key], !bindings(value).isEmpty else {
          throw CommandFailure("Error: No public port '\(key)' published for \(name)")
        }
        for line in bindings(value) { invocation.session.output.print(line) }
        return 0
      }
      let sorted = ports.sorted { left, right in
        let numbers = [left.key, right.key].map { Int($0.prefix(while: \.isNumber)) ?? 0 }
        return (numbers[0], left.key) < (numbers[1], right.key)
      }
      for (port, value) in sorted {
        for line in bindings(value) { invocation.session.output.print("\(port) -> \(line)") }
      }
      return 0
    }
  }
}
