internal import EngineClient
internal import JSON

/// `ps`, `container ls`
enum ListCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "List containers", synopsis: "[OPTIONS]", arguments: .none,
      flags: [
        Flag("all", "a", .bool, "Show all containers (default shows just running)"),
        FilterFlag.flag,
        Flag(
          "format", nil, .string, "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"
        ),
        Flag("last", "n", .int, "Show n last created containers (includes all states)", initial: "-1"),
        Flag("latest", "l", .bool, "Show the latest created container (includes all states)"),
        Flag("no-trunc", nil, .bool, "Don't truncate output"),
        Flag("quiet", "q", .bool, "Only display container IDs"),
        Flag("size", "s", .bool, "Display total file sizes"),
      ], run: run)
  }

  static func run(_ invocation: Invocation) throws -> Int32 {
    let (flags, session) = (invocation.flags, invocation.session)
    let format = flags.string("format")
    let limit = flags.bool("latest") ? 1 : flags.int("last")
    let wantsSize = flags.bool("size") || format.includes(".Size")
    let containers = try session.client().json(
      Request(
        .get, "/containers/json",
        query: [
          "all": flags.bool("all") ? "1" : nil, "filters": try FilterFlag.query(flags.list("filter")),
          "limit": limit > 0 ? "\(limit)" : nil, "size": wantsSize ? "1" : nil,
        ]))
    let rows = (containers.arrayValue ?? []).map { row($0, truncates: !flags.bool("no-trunc")) }
    var listing = listing
    if flags.bool("size") { listing.standard += "\\t{{.Size}}" }
    try listing.print(rows, format: format, quiet: flags.bool("quiet"), to: session.output)
    return 0
  }

  static let listing = Listing(
    headers: [
      "ID": "CONTAINER ID", "Image": "IMAGE", "Command": "COMMAND", "CreatedAt": "CREATED AT",
      "RunningFor": "CREATED", "Ports": "PORTS", "State": "STATE", "Status": "STATUS", "Size": "SIZE",
      "Names": "NAMES", "Labels": "LABELS", "Mounts": "MOUNTS", "LocalVolumes": "LOCAL VOLUMES",
      "Networks": "NETWORKS", "Platform": "PLATFORM",
    ],
    standard: #"{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"#,
    identifier: "ID")

  static func row(_ container: JSONValue, truncates: Bool) -> JSONObject {
    let id = container["Id"]?.stringValue ?? ""
    let names = (container["Names"]?.arrayValue ?? []).compactMap(\.stringValue).map { $0.drop { $0 == "/" } }
    // A name with another slash in it is an old link's.
    let shown = truncates ? names.filter { !$0.contains("/") } : names
    let command = container["Command"]?.stringValue ?? ""
    let created = container["Created"]?.integerValue ?? 0
    let mounts = (container["Mounts"]?.arrayValue ?? []).map { mount -> String in
      let name = mount["Name"]?.stringValue ?? ""
      let text = name.isEmpty ? mount["Source"]?.stringValue ?? "" : name
      return truncates ? Human.ellipsis(text, 15) : text
    }
    let volumes = (container["Mounts"]?.arrayValue ?? []).filter { $0["Driver"]?.stringValue == "local" }.count
    let labels = (container["Labels"]?.objectValue ?? [:]).map { "\($0.key)=\($0.value.stringValue ?? "")" }
    let networks = container["NetworkSettings"]?["Networks"]?.objectValue?.keys.sorted() ?? []
    return JSONObject(row: [
      "ID": .string(truncates ? Human.shortID(id) : id),
      "Image": .string(image(container, truncates)),
      "Command": .string("\"\(truncates ? Human.ellipsis(command, 20) : command)\""),
      "CreatedAt": .string(Human.goTime(seconds: created)),
      "RunningFor": .string(Human.ago(seconds: created)),
      "Ports": .string(PortList.text(container["Ports"]?.arrayValue ?? [])),
      "State": container["State"] ?? "",
      "Status": container["Status"] ?? "",
      "Size": .string(size(container)),
      "Names": .string(shown.joined(separator: ",")),
      "Labels": .string(labels.sorted().joined(separator: ",")),
      "Mounts": .string(mounts.joined(separator: ",")),
      "LocalVolumes": .string("\(volumes)"),
      "Networks": .string(networks.joined(separator: ",")),
      "Platform": container["ImageManifestDescriptor"]?["platform"] ?? nil,
    ])
  }

  private static func image(_ container: JSONValue, _ truncates: Bool) -> String {
    let image = container["Image"]?.stringValue ?? ""
    guard !image.isEmpty else { return "<no image>" }
    guard truncates else { return image }
    let id = container["ImageID"]?.stringValue ?? ""
    if image == id || image.hasPrefix("sha256:") { return Human.shortID(image) }
    // A digest behind a name is left out.
    return image.firstOccurrence(of: "@sha256:").map { String(image[..<$0.lowerBound]) } ?? image
  }

  private static func size(_ container: JSONValue) -> String {
    let own = Human.imageSize(container["SizeRw"]?.integerValue ?? 0)
    guard let all = container["SizeRootFs"]?.integerValue, all > 0 else { return own }
    return "\(own) (virtual \(Human.imageSize(all)))"
  }
}

/// `0.0.0.0:8080-8081->80-81/tcp, 443/tcp`: neighbours in one range, as Docker shows them.
enum PortList {
  private struct Item: Comparable {
    var address: String
    var kind: String
    var container: Int64
    var host: Int64

    static func < (left: Item, right: Item) -> Bool {
      (left.container, left.kind, left.host, left.address) < (right.container, right.kind, right.host, right.address)
    }
  }

  static func text(_ ports: [JSONValue]) -> String {
    let items = ports.map {
      Item(
        address: $0["IP"]?.stringValue ?? "", kind: $0["Type"]?.stringValue ?? "tcp",
        container: $0["PrivatePort"]?.integerValue ?? 0, host: $0["PublicPort"]?.integerValue ?? 0)
    }.sorted()
    var groups: [(first: Item, last: Item)] = []
    for item in items {
      let isShifted = item.host != 0 && item.host != item.container
      if let index = groups.firstIndex(where: { group in
        group.last.address == item.address && group.last.kind == item.kind
          && group.last.container + 1 == item.container && !isShifted
          && (group.last.host == 0) == (item.host == 0) && (item.host == 0 || group.last.host + 1 == item.host)
          && (group.last.host == 0 || group.last.host == group.last.container)
      }) {
        groups[index].last = item
      } else {
        groups.append((item, item))
      }
    }
    return groups.map { first, last in
      let inside = range(first.container, last.container)
      guard first.host != 0 else { return "\(inside)/\(first.kind)" }
      let address = first.address.contains(":") ? "[\(first.address)]" : first.address
      return "\(address):\(range(first.host, last.host))->\(inside)/\(first.kind)"
    }.joined(separator: ", ")
  }

  private static func range(_ first: Int64, _ last: Int64) -> String { first == last ? "\(first)" : "\(first)-\(last)" }
}
