internal import EngineClient
internal import JSON

/// `inspect` of anything, and of one kind under its noun.
enum InspectCommand: CommandDefinition {
  enum Kind: String, CaseIterable {
    case container, image, network, volume

    func path(_ name: String) -> String {
      let name = Request.segment(name)
      switch self {
      case .container: return "/containers/\(name)/json"
      case .image: return "/images/\(name)/json"
      case .network: return "/networks/\(name)"
      case .volume: return "/volumes/\(name)"
      }
    }
  }

  static let format = Flag("format", "f", .string, "Format output using a custom template: 'json' or TEMPLATE")

  static var command: Command {
    Command(
      summary: "Return low-level information on moonpool objects",
      synopsis: "[OPTIONS] NAME|ID [NAME|ID...]", arguments: .atLeast(1),
      flags: [
        format, Flag("size", "s", .bool, "Display total file sizes if the type is container"),
        Flag("type", nil, .string, "Only inspect objects of the given type"),
      ]
    ) { invocation in
      let type = invocation.flags.string("type")
      var kinds = Kind.allCases
      if invocation.flags.isSet("type") {
        guard let kind = Kind(rawValue: type) else {
          throw CommandFailure("\"\(type)\" is not a valid value for --type")
        }
        kinds = [kind]
      }
      return try run(invocation, kinds)
    }
  }

  static func of(_ kind: Kind, _ summary: String) -> Command {
    let size = Flag("size", "s", .bool, "Display total file sizes")
    return Command(
      summary: summary, synopsis: "[OPTIONS] NAME [NAME...]", arguments: .atLeast(1),
      flags: kind == .container ? [format, size] : kind == .network ? [format, verbose] : [format]
    ) { try run($0, [kind]) }
  }

  private static let verbose = Flag("verbose", "v", .bool, "Verbose output for diagnostics")

  private static func run(_ invocation: Invocation, _ kinds: [Kind]) throws -> Int32 {
    let (flags, session) = (invocation.flags, invocation.session)
    let client = try session.client()
    let isJSON = flags.string("format") == "json"
    let template =
      flags.isSet("format") && !isJSON ? try Template(Listing.unescaped(flags.string("format"))) : nil
    var found: [JSONValue] = []
    var complaints: [String] = []
    for name in invocation.arguments {
      var failure: ClientError?
      var value: JSONValue?
      for kind in kinds {
        do {
          let size = flags.isSet("size") && kind == .container && flags.bool("size") ? "1" : nil
          value = try client.json(Request(.get, kind.path(name), query: ["size": size]))
          break
        } catch {
          failure = error
          guard error.isNotFound, kinds.count > 1 else { break }
        }
      }
      if let value {
        found.append(value)
      } else if let failure {
        complaints.append(
          failure.isNotFound && kinds.count > 1 ? "Error: No such object: \(name)" : "\(failure)")
      }
    }
    if let template {
      for value in found { session.output.print(try template.render(value)) }
    } else if isJSON {
      session.output.print(JSON.text(.array(found)))
    } else {
      session.output.print(JSON.text(.array(found), pretty: true))
    }
    session.output.flush()
    for complaint in complaints { session.errors.print(complaint) }
    return complaints.isEmpty ? 0 : 1
  }
}

enum ContainerInspectCommand: CommandDefinition {
  static var command: Command {
    InspectCommand.of(.container, "Display detailed information on one or more containers")
  }
}

enum ImageInspectCommand: CommandDefinition {
  static var command: Command { InspectCommand.of(.image, "Display detailed information on one or more images") }
}

enum NetworkInspectCommand: CommandDefinition {
  static var command: Command { InspectCommand.of(.network, "Display detailed information on one or more networks") }
}

enum VolumeInspectCommand: CommandDefinition {
  static var command: Command { InspectCommand.of(.volume, "Display detailed information on one or more volumes") }
}
