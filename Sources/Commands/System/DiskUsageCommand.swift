internal import EngineClient
internal import JSON

/// `system df`
enum DiskUsageCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Show disk usage", synopsis: "[OPTIONS]", arguments: .none,
      flags: [
        InspectCommand.format, Flag("verbose", "v", .bool, "Show detailed information on space usage"),
      ]
    ) { invocation in
      let session = invocation.session
      let usage = try session.client().json(Request(.get, "/system/df"))
      if invocation.flags.bool("verbose") {
        try showAll(usage, session)
        return 0
      }
      let listing = Listing(
        headers: [
          "Type": "TYPE", "TotalCount": "TOTAL", "Active": "ACTIVE", "Size": "SIZE", "Reclaimable": "RECLAIMABLE",
        ], standard: #"{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}"#, identifier: "Type")
      try listing.print(rows(usage), format: invocation.flags.string("format"), quiet: false, to: session.output)
      return 0
    }
  }

  static func rows(_ usage: JSONValue) -> [JSONObject] {
    let images = usage["Images"]?.arrayValue ?? []
    let containers = usage["Containers"]?.arrayValue ?? []
    let volumes = usage["Volumes"]?.arrayValue ?? []
    let cache = usage["BuildCache"]?.arrayValue ?? []
    func number(_ value: JSONValue, _ key: String) -> Int64 { max(0, value[key]?.integerValue ?? 0) }
    let layers = usage["LayersSize"]?.integerValue ?? 0
    let usedImages = images.filter { number($0, "Containers") > 0 }
    let usedLayers = usedImages.reduce(Int64(0)) { $0 + max(0, number($1, "Size") - number($1, "SharedSize")) }
    let stopped = containers.filter { $0["State"]?.stringValue != "running" }
    let containerSize = containers.reduce(Int64(0)) { $0 + number($1, "SizeRw") }
    let stoppedSize = stopped.reduce(Int64(0)) { $0 + number($1, "SizeRw") }
    func volumeSize(_ volume: JSONValue) -> Int64 { max(0, volume["UsageData"]?["Size"]?.integerValue ?? 0) }
    let unused = volumes.filter { ($0["UsageData"]?["RefCount"]?.integerValue ?? 0) == 0 }
    let volumeTotal = volumes.reduce(Int64(0)) { $0 + volumeSize($1) }
    let volumeFree = unused.reduce(Int64(0)) { $0 + volumeSize($1) }
    let cacheTotal = cache.reduce(Int64(0)) { $0 + number($1, "Size") }
    return [
      row("Images", images.count, usedImages.count, layers, max(0, layers - usedLayers)),
      row("Containers", containers.count, containers.count - stopped.count, containerSize, stoppedSize),
      row("Local Volumes", volumes.count, volumes.count - unused.count, volumeTotal, volumeFree),
      row("Build Cache", cache.count, cache.filter { $0["InUse"]?.boolValue ?? false }.count, cacheTotal, cacheTotal),
    ]
  }

  private static func row(_ type: String, _ total: Int, _ active: Int, _ size: Int64, _ free: Int64) -> JSONObject {
    let share = size > 0 ? " (\(free * 100 / size)%)" : ""
    return JSONObject(row: [
      "Type": .string(type), "TotalCount": .string("\(total)"), "Active": .string("\(active)"),
      "Size": .string(Human.size(size)),
      "Reclaimable": .string(Human.size(free) + (type == "Build Cache" ? "" : share)),
    ])
  }

  private static func showAll(_ usage: JSONValue, _ session: Session) throws {
    session.output.print("Images space usage:\n")
    let images = (usage["Images"]?.arrayValue ?? []).flatMap { ImagesCommand.rows($0, digests: false, truncates: true) }
    let imageListing = Listing(
      headers: [
        "Repository": "REPOSITORY", "Tag": "TAG", "ID": "IMAGE ID", "CreatedSince": "CREATED", "Size": "SIZE",
        "SharedSize": "SHARED SIZE", "Containers": "CONTAINERS",
      ],
      standard: #"{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.Containers}}"#,
      identifier: "ID")
    try imageListing.print(images, format: "", quiet: false, to: session.output)
    session.output.print("\nContainers space usage:\n")
    var containers = ListCommand.listing
    containers.standard =
      #"{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}"#
    try containers.print(
      (usage["Containers"]?.arrayValue ?? []).map { ListCommand.row($0, truncates: true) }, format: "", quiet: false,
      to: session.output)
    session.output.print("\nLocal Volumes space usage:\n")
    var table = Table(rows: [["VOLUME NAME", "LINKS", "SIZE"]])
    for volume in usage["Volumes"]?.arrayValue ?? [] {
      table.rows.append([
        volume["Name"]?.stringValue ?? "", "\(volume["UsageData"]?["RefCount"]?.integerValue ?? 0)",
        Human.size(max(0, volume["UsageData"]?["Size"]?.integerValue ?? 0)),
      ])
    }
    for line in table.lines() { session.output.print(line) }
  }
}
