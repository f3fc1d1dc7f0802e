internal import EngineClient
internal import JSON

/// Removing what nothing uses.
enum Prune {
  static let flags = [
    Flag("filter", nil, .list, "Provide filter values (e.g. \"until=<timestamp>\")"),
    Flag("force", "f", .bool, "Do not prompt for confirmation"),
  ]

  static func run(
    _ invocation: Invocation, _ path: String, filters: [String], warning: String, deleted: String, title: String
  ) throws -> Int32 {
    let session = invocation.session
    guard invocation.flags.bool("force") || session.confirm("WARNING! \(warning)") else { return 0 }
    let answer = try prune(path, filters + invocation.flags.list("filter"), session)
    show(answer, deleted: deleted, title: title, session)
    if path != "/networks/prune" {
      session.output.print("Total reclaimed space: \(Human.size(answer["SpaceReclaimed"]?.integerValue ?? 0))")
    }
    return 0
  }

  static func prune(_ path: String, _ filters: [String], _ session: Session) throws -> JSONValue {
    try session.client().json(Request(.post, path, query: ["filters": try FilterFlag.query(filters)]))
  }

  static func show(_ answer: JSONValue, deleted: String, title: String, _ session: Session) {
    let items = answer[deleted]?.arrayValue ?? []
    guard !items.isEmpty else { return }
    session.output.print(title)
    for item in items {
      if let name = item.stringValue {
        session.output.print(name)
      } else if let name = item["Untagged"]?.stringValue {
        session.output.print("untagged: \(name)")
      } else if let name = item["Deleted"]?.stringValue {
        session.output.print("deleted: \(name)")
      }
    }
    session.output.print()
  }
}

enum ContainerPruneCommand: CommandDefinition {
  static var command: Command {
    Command(summary: "Remove all stopped containers", synopsis: "[OPTIONS]", arguments: .none, flags: Prune.flags) {
      try Prune.run(
        $0, "/containers/prune", filters: [], warning: "This will remove all stopped containers.",
        deleted: "ContainersDeleted", title: "Deleted Containers:")
    }
  }
}

enum ImagePruneCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Remove unused images", synopsis: "[OPTIONS]", arguments: .none,
      flags: Prune.flags + [Flag("all", "a", .bool, "Remove all unused images, not just dangling ones")]
    ) { invocation in
      let isAll = invocation.flags.bool("all")
      return try Prune.run(
        invocation, "/images/prune", filters: ["dangling=\(!isAll)"],
        warning: isAll
          ? "This will remove all images without at least one container associated to them."
          : "This will remove all dangling images.",
        deleted: "ImagesDeleted", title: "Deleted Images:")
    }
  }
}

enum NetworkPruneCommand: CommandDefinition {
  static var command: Command {
    Command(summary: "Remove all unused networks", synopsis: "[OPTIONS]", arguments: .none, flags: Prune.flags) {
      try Prune.run(
        $0, "/networks/prune", filters: [],
        warning: "This will remove all custom networks not used by at least one container.",
        deleted: "NetworksDeleted", title: "Deleted Networks:")
    }
  }
}

enum VolumePruneCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Remove unused local volumes", synopsis: "[OPTIONS]", arguments: .none,
      flags: Prune.flags + [Flag("all", "a", .bool, "Remove all unused volumes, not just anonymous ones")]
    ) { invocation in
      let isAll = invocation.flags.bool("all")
      return try Prune.run(
        invocation, "/volumes/prune", filters: isAll ? ["all=1"] : [],
        warning: isAll
          ? "This will remove all local volumes not used by at least one container."
          : "This will remove anonymous local volumes not used by at least one container.",
        deleted: "VolumesDeleted", title: "Deleted Volumes:")
    }
  }
}

enum SystemPruneCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Remove unused data", synopsis: "[OPTIONS]", arguments: .none,
      flags: Prune.flags + [
        Flag("all", "a", .bool, "Remove all unused images not just dangling ones"),
        Flag("volumes", nil, .bool, "Prune anonymous volumes"),
      ]
    ) { invocation in
      let (flags, session) = (invocation.flags, invocation.session)
      let isAll = flags.bool("all")
      var warning = "WARNING! This will remove:\n  - all stopped containers\n"
      warning += "  - all networks not used by at least one container\n"
      if flags.bool("volumes") { warning += "  - all anonymous volumes not used by at least one container\n" }
      warning +=
        isAll
        ? "  - all images without at least one container associated to them\n" : "  - all dangling images\n"
      guard flags.bool("force") || session.confirm(warning) else { return 0 }
      let filters = flags.list("filter")
      var reclaimed: Int64 = 0
      let containers = try Prune.prune("/containers/prune", filters, session)
      Prune.show(containers, deleted: "ContainersDeleted", title: "Deleted Containers:", session)
      let networks = try Prune.prune("/networks/prune", filters, session)
      Prune.show(networks, deleted: "NetworksDeleted", title: "Deleted Networks:", session)
      if flags.bool("volumes") {
        let volumes = try Prune.prune("/volumes/prune", filters, session)
        Prune.show(volumes, deleted: "VolumesDeleted", title: "Deleted Volumes:", session)
        reclaimed += volumes["SpaceReclaimed"]?.integerValue ?? 0
      }
      let images = try Prune.prune("/images/prune", filters + ["dangling=\(!isAll)"], session)
      Prune.show(images, deleted: "ImagesDeleted", title: "Deleted Images:", session)
      reclaimed += (containers["SpaceReclaimed"]?.integerValue ?? 0) + (images["SpaceReclaimed"]?.integerValue ?? 0)
      session.output.print("Total reclaimed space: \(Human.size(reclaimed))")
      return 0
    }
  }
}
