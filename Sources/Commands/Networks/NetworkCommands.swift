internal import EngineAPI
internal import EngineClient
internal import JSON

enum NetworkListCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "List networks", synopsis: "[OPTIONS]", arguments: .none,
      flags: [
        FilterFlag.flag,
        Flag(
          "format", nil, .string, "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"
        ),
        Flag("no-trunc", nil, .bool, "Do not truncate the output"),
        Flag("quiet", "q", .bool, "Only display network IDs"),
      ]
    ) { invocation in
      let (flags, session) = (invocation.flags, invocation.session)
      let networks = try session.client().json(
        Request(.get, "/networks", query: ["filters": try FilterFlag.query(flags.list("filter"))]))
      let sorted = (networks.arrayValue ?? []).sorted {
        ($0["Name"]?.stringValue ?? "") < ($1["Name"]?.stringValue ?? "")
      }
      let rows = sorted.map { network -> JSONObject in
        let id = network["Id"]?.stringValue ?? ""
        let labels = (network["Labels"]?.objectValue ?? [:]).map { "\($0.key)=\($0.value.stringValue ?? "")" }
        func bool(_ key: String) -> JSONValue { .string(network[key]?.boolValue ?? false ? "true" : "false") }
        return JSONObject(row: [
          "ID": .string(flags.bool("no-trunc") ? id : Human.shortID(id)), "Name": network["Name"] ?? "",
          "Driver": network["Driver"] ?? "", "Scope": network["Scope"] ?? "", "IPv4": bool("EnableIPv4"),
          "IPv6": bool("EnableIPv6"), "Internal": bool("Internal"),
          "Labels": .string(labels.sorted().joined(separator: ",")), "CreatedAt": network["Created"] ?? "",
        ])
      }
      let listing = Listing(
        headers: [
          "ID": "NETWORK ID", "Name": "NAME", "Driver": "DRIVER", "Scope": "SCOPE", "IPv4": "IPV4", "IPv6": "IPV6",
          "Internal": "INTERNAL", "Labels": "LABELS", "CreatedAt": "CREATED AT",
        ], standard: #"{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}"#, identifier: "ID")
      try listing.print(rows, format: flags.string("format"), quiet: flags.bool("quiet"), to: session.output)
      return 0
    }
  }
}

enum NetworkCreateCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Create a network", synopsis: "[OPTIONS] NETWORK", arguments: .exactly(1),
      flags: [
        Flag("attachable", nil, .bool, "Enable manual container attachment"),
        Flag("aux-address", nil, .list, "Auxiliary IPv4 or IPv6 addresses used by Network driver"),
        Flag("driver", "d", .string, "Driver to manage the Network", initial: "bridge"),
        Flag("gateway", nil, .list, "IPv4 or IPv6 Gateway for the master subnet"),
        Flag("ingress", nil, .bool, "Create swarm routing-mesh network"),
        Flag("internal", nil, .bool, "Restrict external access to the network"),
        Flag("ip-range", nil, .list, "Allocate container ip from a sub-range"),
        Flag("ipam-driver", nil, .string, "IP Address Management Driver", initial: "default"),
        Flag("ipam-opt", nil, .list, "Set IPAM driver specific options"),
        Flag("ipv4", nil, .bool, "Enable or disable IPv4 address assignment", initial: "true"),
        Flag("ipv6", nil, .bool, "Enable or disable IPv6 address assignment"),
        Flag("label", nil, .list, "Set metadata on a network"),
        Flag("opt", "o", .list, "Set driver specific options"),
        Flag("scope", nil, .string, "Control the network's scope"),
        Flag("subnet", nil, .list, "Subnet in CIDR format that represents a network segment"),
      ]
    ) { invocation in
      let answer = try invocation.session.client().json(
        Request(.post, "/networks/create", bytes: try JSON.encode(try request(invocation.flags))))
      if let warning = answer["Warning"]?.stringValue, !warning.isEmpty {
        invocation.session.errors.print("WARNING: \(warning)")
      }
      invocation.session.output.print(answer["Id"]?.stringValue ?? "")
      return 0
    }
  }

  static func request(_ flags: ParsedFlags) throws -> NetworkCreateRequest {
    var request = NetworkCreateRequest(name: flags.arguments[0], driver: flags.string("driver"))
    request.scope = flags.string("scope")
    request.internal = flags.bool("internal")
    request.attachable = flags.bool("attachable")
    request.ingress = flags.bool("ingress")
    request.enableIPv4 = flags.isSet("ipv4") ? flags.bool("ipv4") : nil
    request.enableIPv6 = flags.isSet("ipv6") ? flags.bool("ipv6") : nil
    request.options = KeyValueFiles.looseMap(flags.list("opt")) ?? [:]
    request.labels = KeyValueFiles.looseMap(flags.list("label")) ?? [:]
    request.ipam = IPAM(
      driver: flags.string("ipam-driver"), options: KeyValueFiles.looseMap(flags.list("ipam-opt")) ?? [:],
      config: try configuration(flags))
    return request
  }

  /// Each range, gateway and auxiliary address goes to the subnet that contains it.
  private static func configuration(_ flags: ParsedFlags) throws -> [IPAMConfig] {
    var pools = flags.list("subnet").map { IPAMConfig(subnet: $0) }
    let networks = try pools.map { pool -> Subnet in
      guard let network = Subnet(pool.subnet ?? "") else {
        throw CommandFailure("invalid subnet: invalid CIDR address: \(pool.subnet ?? "")")
      }
      return network
    }
    if pools.isEmpty, flags.isSet("ip-range") || flags.isSet("gateway") || flags.isSet("aux-address") {
      throw CommandFailure("every ip-range or gateway must have a corresponding subnet")
    }
    for range in flags.list("ip-range") {
      guard let index = networks.firstIndex(where: { $0.contains(range) }) else {
        throw CommandFailure("no matching subnet for range \(range)")
      }
      pools[index].ipRange = range
    }
    for gateway in flags.list("gateway") {
      guard let index = networks.firstIndex(where: { $0.contains(gateway) }) else {
        throw CommandFailure("no matching subnet for gateway \(gateway)")
      }
      pools[index].gateway = gateway
    }
    for (name, address) in KeyValueFiles.looseMap(flags.list("aux-address")) ?? [:] {
      guard let index = networks.firstIndex(where: { $0.contains(address) }) else {
        throw CommandFailure("no matching subnet for aux-address \(address)")
      }
      pools[index].auxiliaryAddresses = (pools[index].auxiliaryAddresses ?? [:]).merging([name: address]) { $1 }
    }
    return pools
  }
}

enum NetworkRemoveCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Remove one or more networks", synopsis: "NETWORK [NETWORK...]", arguments: .atLeast(1),
      flags: [Flag("force", "f", .bool, "Do not error if the network does not exist")]
    ) { invocation in
      let client = try invocation.session.client()
      return ForEach.container(invocation, "remove") { name in
        do throws(ClientError) {
          _ = try client.bytes(Request(.delete, "/networks/\(Request.segment(name))", bytes: nil))
        } catch {
          guard invocation.flags.bool("force"), error.isNotFound else { throw error }
        }
      }
    }
  }
}

enum NetworkConnectCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Connect a container to a network", synopsis: "[OPTIONS] NETWORK CONTAINER", arguments: .exactly(2),
      flags: [
        Flag("alias", nil, .list, "Add network-scoped alias for the container"),
        Flag("driver-opt", nil, .list, "driver options for the network"),
        Flag("gw-priority", nil, .int, "Highest gw-priority provides the default gateway"),
        Flag("ip", nil, .string, "IPv4 address (e.g., \"172.30.100.104\")"),
        Flag("ip6", nil, .string, "IPv6 address (e.g., \"2001:db8::33\")"),
        Flag("link", nil, .list, "Add link to another container"),
        Flag("link-local-ip", nil, .list, "Add a link-local address for the container"),
      ]
    ) { invocation in
      let flags = invocation.flags
      var endpoint = EndpointSettings()
      endpoint.aliases = flags.isSet("alias") ? flags.list("alias") : nil
      endpoint.links = flags.isSet("link") ? flags.list("link") : nil
      endpoint.driverOpts = KeyValueFiles.looseMap(flags.list("driver-opt"))
      endpoint.gwPriority = Int(flags.int("gw-priority"))
      endpoint.ipamConfig = EndpointIPAMConfig(
        ipv4Address: flags.isSet("ip") ? flags.string("ip") : nil,
        ipv6Address: flags.isSet("ip6") ? flags.string("ip6") : nil,
        linkLocalIPs: flags.isSet("link-local-ip") ? flags.list("link-local-ip") : nil)
      let body: JSONValue = [
        "Container": .string(invocation.arguments[1]), "EndpointConfig": try JSON.value(of: endpoint),
      ]
      _ = try invocation.session.client().bytes(
        Request(.post, "/networks/\(Request.segment(invocation.arguments[0]))/connect", body: body))
      return 0
    }
  }
}

enum NetworkDisconnectCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Disconnect a container from a network", synopsis: "[OPTIONS] NETWORK CONTAINER",
      arguments: .exactly(2),
      flags: [Flag("force", "f", .bool, "Force the container to disconnect from a network")]
    ) { invocation in
      let body: JSONValue = [
        "Container": .string(invocation.arguments[1]), "Force": .bool(invocation.flags.bool("force")),
      ]
      _ = try invocation.session.client().bytes(
        Request(.post, "/networks/\(Request.segment(invocation.arguments[0]))/disconnect", body: body))
      return 0
    }
  }
}
