internal import EngineClient
internal import JSON

enum PullCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Download an image from a registry", synopsis: "[OPTIONS] NAME[:TAG|@DIGEST]", arguments: .exactly(1),
      flags: [
        Flag("all-tags", "a", .bool, "Download all tagged images in the repository"),
        Flag("disable-content-trust", nil, .bool, "Skip image verification", initial: "true"),
        Flag("platform", nil, .string, "Set platform if server is multi-platform capable"),
        Flag("quiet", "q", .bool, "Suppress verbose output"),
      ]
    ) { invocation in
      let (flags, session) = (invocation.flags, invocation.session)
      let reference = invocation.arguments[0]
      if !flags.bool("all-tags"), !flags.bool("quiet"), ImagePull.full(reference) != reference {
        session.output.print("Using default tag: latest")
      }
      try ImagePull.pull(
        reference, platform: flags.isSet("platform") ? flags.string("platform") : nil, all: flags.bool("all-tags"),
        quiet: flags.bool("quiet"), session: session, to: session.output)
      session.output.print(canonical(ImagePull.full(reference)))
      return 0
    }
  }

  /// `docker.io/library/nginx:latest`
  static func canonical(_ reference: String) -> String {
    let domain = CredentialStore.domain(of: reference)
    guard domain == "docker.io", !reference.hasPrefix("docker.io/") else { return reference }
    return reference.contains("/") ? "docker.io/\(reference)" : "docker.io/library/\(reference)"
  }
}

enum PushCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Upload an image to a registry", synopsis: "[OPTIONS] NAME[:TAG]", arguments: .exactly(1),
      flags: [
        Flag("all-tags", "a", .bool, "Push all tags of an image to the repository"),
        Flag("disable-content-trust", nil, .bool, "Skip image signing", initial: "true"),
        Flag("platform", nil, .string, "Push a platform-specific manifest as a single-platform image to the registry"),
        Flag("quiet", "q", .bool, "Suppress verbose output"),
      ]
    ) { invocation in
      let (flags, session) = (invocation.flags, invocation.session)
      let (name, tag) = ImagePull.split(invocation.arguments[0])
      if !flags.bool("all-tags"), !flags.bool("quiet"),
        ImagePull.full(invocation.arguments[0]) != invocation.arguments[0]
      {
        session.output.print("Using default tag: latest")
      }
      var request = Request(
        .post, "/images/\(Request.segment(name))/push", query: ["tag": flags.bool("all-tags") ? nil : tag], bytes: nil)
      // The API wants the header, empty credentials included.
      let header = CredentialStore().header(for: CredentialStore.domain(of: name)) ?? "e30="
      request.headers.append(("X-Registry-Auth", header))
      var display = ProgressDisplay(session.output, quiet: flags.bool("quiet"))
      try session.client().stream(request) { try display.show($0) }
      if flags.bool("quiet") { session.output.print(PullCommand.canonical(ImagePull.full(invocation.arguments[0]))) }
      return 0
    }
  }
}

enum ImagesCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "List images", synopsis: "[OPTIONS] [REPOSITORY[:TAG]]", arguments: .atMost(1),
      flags: [
        Flag("all", "a", .bool, "Show all images (default hides intermediate images)"),
        Flag("digests", nil, .bool, "Show digests"), FilterFlag.flag,
        Flag(
          "format", nil, .string, "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"
        ),
        Flag("no-trunc", nil, .bool, "Don't truncate output"),
        Flag("quiet", "q", .bool, "Only show image IDs"),
      ], run: run)
  }

  static func run(_ invocation: Invocation) throws -> Int32 {
    let (flags, session) = (invocation.flags, invocation.session)
    let filters = flags.list("filter") + invocation.arguments.prefix(1).map { "reference=\($0)" }
    let images = try session.client().json(
      Request(
        .get, "/images/json",
        query: ["all": flags.bool("all") ? "1" : nil, "filters": try FilterFlag.query(filters)]))
    let showsDigests = flags.bool("digests") || flags.string("format").includes(".Digest")
    var rows: [JSONObject] = []
    for image in images.arrayValue ?? [] {
      rows += Self.rows(image, digests: showsDigests, truncates: !flags.bool("no-trunc"))
    }
    if flags.bool("quiet"), !flags.isSet("format") {
      for row in rows { session.output.print(row["ID"]?.stringValue ?? "") }
      return 0
    }
    var listing = Listing(
      headers: [
        "Repository": "REPOSITORY", "Tag": "TAG", "Digest": "DIGEST", "ID": "IMAGE ID", "CreatedSince": "CREATED",
        "CreatedAt": "CREATED AT", "Size": "SIZE", "Containers": "CONTAINERS", "SharedSize": "SHARED SIZE",
        "UniqueSize": "UNIQUE SIZE", "VirtualSize": "SIZE",
      ],
      standard: #"{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"#, identifier: "ID")
    if flags.bool("digests") {
      listing.standard = #"{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"#
    }
    try listing.print(rows, format: flags.string("format"), quiet: false, to: session.output)
    return 0
  }

  /// One row for each tag; one of `<none>` where there is none.
  static func rows(_ image: JSONValue, digests: Bool, truncates: Bool) -> [JSONObject] {
    func strings(_ key: String) -> [String] {
      (image[key]?.arrayValue ?? []).compactMap(\.stringValue).filter { !$0.hasPrefix("<none>") }
    }
    let tags = strings("RepoTags").map(ImagePull.split)
    let known = strings("RepoDigests").map(ImagePull.split)
    var names: [(repository: String, tag: String, digest: String)] = []
    for (repository, tag) in tags {
      let own = known.filter { $0.name == repository }.map(\.tag)
      if digests, !own.isEmpty {
        names += own.map { (repository, tag, $0) }
      } else {
        names.append((repository, tag, "<none>"))
      }
    }
    for (repository, digest) in known where !tags.contains(where: { $0.name == repository }) {
      names.append((repository, "<none>", digest))
    }
    if names.isEmpty { names.append(("<none>", "<none>", "<none>")) }
    let id = image["Id"]?.stringValue ?? ""
    let created = image["Created"]?.integerValue ?? 0
    let size = Human.imageSize(image["Size"]?.integerValue ?? 0)
    let containers = image["Containers"]?.integerValue ?? -1
    let shared = image["SharedSize"]?.integerValue ?? -1
    return names.map { name in
      JSONObject(row: [
        "Repository": .string(name.repository), "Tag": .string(name.tag), "Digest": .string(name.digest),
        "ID": .string(truncates ? Human.shortID(id) : id), "CreatedSince": .string(Human.ago(seconds: created)),
        "CreatedAt": .string(Human.goTime(seconds: created)), "Size": .string(size), "VirtualSize": .string(size),
        "Containers": .string(containers < 0 ? "N/A" : "\(containers)"),
        "SharedSize": .string(shared < 0 ? "N/A" : Human.size(shared)), "UniqueSize": "N/A",
      ])
    }
  }
}

enum ImageRemoveCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Remove one or more images", synopsis: "[OPTIONS] IMAGE [IMAGE...]", arguments: .atLeast(1),
      flags: [
        Flag("force", "f", .bool, "Force removal of the image"),
        Flag("no-prune", nil, .bool, "Do not delete untagged parents"),
      ]
    ) { invocation in
      let flags = invocation.flags
      let session = invocation.session
      let client = try session.client()
      var status: Int32 = 0
      for name in invocation.arguments {
        do throws(ClientError) {
          let answer = try client.json(
            Request(
              .delete, "/images/\(Request.segment(name))",
              query: ["force": flags.bool("force") ? "1" : nil, "noprune": flags.bool("no-prune") ? "1" : nil]))
          for item in answer.arrayValue ?? [] {
            if let deleted = item["Deleted"]?.stringValue { session.output.print("Deleted: \(deleted)") }
            if let untagged = item["Untagged"]?.stringValue { session.output.print("Untagged: \(untagged)") }
          }
        } catch {
          session.output.flush()
          session.errors.print("\(error)")
          if !(flags.bool("force") && error.isNotFound) { status = 1 }
        }
      }
      return status
    }
  }
}

enum TagCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
      synopsis: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]", arguments: .exactly(2)
    ) { invocation in
      let (name, tag) = ImagePull.split(invocation.arguments[1])
      _ = try invocation.session.client().bytes(
        Request(
          .post, "/images/\(Request.segment(invocation.arguments[0]))/tag", query: ["repo": name, "tag": tag],
          bytes: nil))
      return 0
    }
  }
}

enum HistoryCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Show the history of an image", synopsis: "[OPTIONS] IMAGE", arguments: .exactly(1),
      flags: [
        Flag(
          "format", nil, .string, "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or TEMPLATE"
        ),
        Flag("human", "H", .bool, "Print sizes and dates in human readable format", initial: "true"),
        Flag("no-trunc", nil, .bool, "Don't truncate output"),
        Flag("quiet", "q", .bool, "Only show image IDs"),
      ]
    ) { invocation in
      let (flags, session) = (invocation.flags, invocation.session)
      let history = try session.client().json(
        Request(.get, "/images/\(Request.segment(invocation.arguments[0]))/history"))
      let truncates = !flags.bool("no-trunc")
      let isHuman = flags.bool("human")
      let rows = (history.arrayValue ?? []).map { layer -> JSONObject in
        let created = layer["Created"]?.integerValue ?? 0
        let size = layer["Size"]?.integerValue ?? 0
        let by = (layer["CreatedBy"]?.stringValue ?? "").substituting("\t", with: " ")
        let id = layer["Id"]?.stringValue ?? ""
        return JSONObject(row: [
          "ID": .string(truncates ? Human.shortID(id) : id),
          "CreatedSince": .string(isHuman ? Human.ago(seconds: created) : Human.goTime(seconds: created)),
          "CreatedAt": .string(Human.goTime(seconds: created)),
          "CreatedBy": .string(truncates ? Human.ellipsis(by, 45) : by),
          "Size": .string(isHuman ? Human.imageSize(size) : "\(size)"), "Comment": layer["Comment"] ?? "",
        ])
      }
      let listing = Listing(
        headers: [
          "ID": "IMAGE", "CreatedSince": "CREATED", "CreatedAt": "CREATED AT", "CreatedBy": "CREATED BY",
          "Size": "SIZE", "Comment": "COMMENT",
        ],
        standard: #"{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"#, identifier: "ID")
      try listing.print(rows, format: flags.string("format"), quiet: flags.bool("quiet"), to: session.output)
      return 0
    }
  }
}
