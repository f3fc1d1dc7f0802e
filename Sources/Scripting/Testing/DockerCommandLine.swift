import JSON

/// `t.docker "run -v /srv/a:/a alpine"`: the create event of a command line, for the options that policies look at.
enum DockerCommandLine {
  /// The changes to a plain create event.
  static func parse(_ line: String) throws(ScriptError) -> JSONObject {
    var words = try split(line)[...]
    if words.first == "docker" || words.first == "moonpool" { words.removeFirst() }
    guard let verb = words.popFirst(), verb == "run" || verb == "create" else {
      throw ScriptError("t.docker knows 'run' and 'create', not '\(line)'")
    }
    var container = Draft()
    while let word = words.first, word.hasPrefix("-"), word != "-" {
      words.removeFirst()
      if word == "--" { break }
      try option(word, &words, &container)
    }
    guard let image = words.popFirst() else { throw ScriptError("'\(line)' names no image") }
    container.config["Image"] = .string(image)
    if !words.isEmpty { container.config["Cmd"] = .array(words.map { .string($0) }) }
    var object: JSONObject = ["Config": .object(container.config), "HostConfig": .object(container.host)]
    object["Name"] = container.name.map { .string("/" + $0) }
    var event: JSONObject = ["container": .object(object)]
    if let reference = ImageReference.parse(image) {
      var described = reference
      described["reference"] = reference["full"]
      described["full"] = nil
      described["name"] = nil
      event["image"] = .object(described)
    }
    return event
  }

  private struct Draft {
    var name: String?
    var config: JSONObject = [:]
    var host: JSONObject = [:]

    mutating func addHost(_ key: String, _ value: JSONValue) {
      host[key] = .array((host[key]?.arrayValue ?? []) + [value])
    }
    mutating func addConfig(_ key: String, _ value: JSONValue) {
      config[key] = .array((config[key]?.arrayValue ?? []) + [value])
    }
  }

  private static let flags: Set<String> = [
    "-d", "--detach", "--rm", "-i", "--interactive", "-t", "--tty", "-P", "--publish-all", "--privileged",
    "--read-only", "--init", "--oom-kill-disable", "--no-healthcheck", "--sig-proxy", "-q", "--quiet",
  ]

  private static func option(
    _ word: String, _ words: inout ArraySlice<String>, _ container: inout Draft
  ) throws(ScriptError) {
    // -dit is -d -i -t.
    if !word.hasPrefix("--"), word.count > 2, word.dropFirst().allSatisfy({ flags.contains("-\($0)") }) {
      for letter in word.dropFirst() { try option("-\(letter)", &words, &container) }
      return
    }
    var name = word
    var value: String?
    if let equals = word.firstIndex(of: "="), word.hasPrefix("--") {
      name = String(word[..<equals])
      value = String(word[word.index(after: equals)...])
    } else if !word.hasPrefix("--"), word.count > 2 {
      name = String(word.prefix(2))
      value = String(word.dropFirst(2))
    }
    if flags.contains(name) { return flag(name, value != "false", &container) }
    guard let text = value ?? words.popFirst() else { throw ScriptError("\(name) needs a value") }
    try set(name, text, &container)
  }

  private static func flag(_ name: String, _ isOn: Bool, _ container: inout Draft) {
    switch name {
    case "--rm": container.host["AutoRemove"] = .bool(isOn)
    case "-i", "--interactive": container.config["OpenStdin"] = .bool(isOn)
    case "-t", "--tty": container.config["Tty"] = .bool(isOn)
    case "-P", "--publish-all": container.host["PublishAllPorts"] = .bool(isOn)
    case "--privileged": container.host["Privileged"] = .bool(isOn)
    case "--read-only": container.host["ReadonlyRootfs"] = .bool(isOn)
    case "--init": container.host["Init"] = .bool(isOn)
    case "--oom-kill-disable": container.host["OomKillDisable"] = .bool(isOn)
    default: break
    }
  }

  private static let hostLists = [
    "-v": "Binds", "--volume": "Binds", "--cap-add": "CapAdd", "--cap-drop": "CapDrop", "--security-opt": "SecurityOpt",
    "--volumes-from": "VolumesFrom", "--dns": "Dns", "--add-host": "ExtraHosts", "--group-add": "GroupAdd",
    "--device-cgroup-rule": "DeviceCgroupRules", "--link": "Links",
  ]
  private static let hostTexts = [
    "--network": "NetworkMode", "--net": "NetworkMode", "--pid": "PidMode", "--ipc": "IpcMode", "--uts": "UTSMode",
    "--userns": "UsernsMode", "--cgroupns": "CgroupnsMode", "--cgroup-parent": "CgroupParent", "--runtime": "Runtime",
    "--cpuset-cpus": "CpusetCpus", "--cpuset-mems": "CpusetMems",
  ]
  private static let hostSizes = [
    "-m": "Memory", "--memory": "Memory", "--memory-swap": "MemorySwap", "--memory-reservation": "MemoryReservation",
    "--shm-size": "ShmSize",
  ]
  private static let hostNumbers = [
    "--pids-limit": "PidsLimit", "-c": "CpuShares", "--cpu-shares": "CpuShares", "--cpu-quota": "CpuQuota",
    "--cpu-period": "CpuPeriod", "--oom-score-adj": "OomScoreAdj", "--memory-swappiness": "MemorySwappiness",
  ]
  private static let configTexts = [
    "-u": "User", "--user": "User", "-w": "WorkingDir", "--workdir": "WorkingDir", "-h": "Hostname",
    "--hostname": "Hostname", "--stop-signal": "StopSignal",
  ]

  private static func set(_ name: String, _ text: String, _ container: inout Draft) throws(ScriptError) {
    if let field = hostLists[name] { return container.addHost(field, .string(text)) }
    if let field = hostTexts[name] {
      container.host[field] = .string(text)
      return
    }
    if let field = configTexts[name] {
      container.config[field] = .string(text)
      return
    }
    if let field = hostSizes[name] {
      guard let size = Int64(text) ?? Units.size(text) else { throw ScriptError("\(name): '\(text)' is no size") }
      container.host[field] = .integer(size)
      return
    }
    if let field = hostNumbers[name] {
      guard let number = Int64(text) else { throw ScriptError("\(name): '\(text)' is no number") }
      container.host[field] = .integer(number)
      return
    }
    let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    switch name {
    case "--name": container.name = text
    case "-e", "--env": container.addConfig("Env", .string(text))
    case "--entrypoint": container.config["Entrypoint"] = [.string(text)]
    case "-l", "--label":
      var labels = container.config["Labels"]?.objectValue ?? [:]
      labels[pair[0]] = .string(pair.count > 1 ? pair[1] : "")
      container.config["Labels"] = .object(labels)
    case "--sysctl":
      var sysctls = container.host["Sysctls"]?.objectValue ?? [:]
      sysctls[pair[0]] = .string(pair.count > 1 ? pair[1] : "")
      container.host["Sysctls"] = .object(sysctls)
    case "--cpus":
      guard let cpus = Double(text) else { throw ScriptError("--cpus: '\(text)' is no number") }
      container.host["NanoCpus"] = .integer(Int64(cpus * 1e9))
    case "--device":
      let parts = text.split(separator: ":").map(String.init)
      container.addHost(
        "Devices",
        [
          "PathOnHost": .string(parts[0]), "PathInContainer": .string(parts.count > 1 ? parts[1] : parts[0]),
          "CgroupPermissions": .string(parts.count > 2 ? parts[2] : "rwm"),
        ])
    case "--ulimit":
      let limits = (pair.count > 1 ? pair[1] : "").split(separator: ":").compactMap { Int64($0) }
      guard let soft = limits.first else { throw ScriptError("--ulimit: '\(text)' is not name=soft[:hard]") }
      container.addHost(
        "Ulimits", ["Name": .string(pair[0]), "Soft": .integer(soft), "Hard": .integer(limits.last ?? soft)])
    case "--tmpfs":
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      var tmpfs = container.host["Tmpfs"]?.objectValue ?? [:]
      tmpfs[parts[0]] = .string(parts.count > 1 ? parts[1] : "")
      container.host["Tmpfs"] = .object(tmpfs)
    case "--restart":
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      container.host["RestartPolicy"] = [
        "Name": .string(parts[0]), "MaximumRetryCount": .integer(parts.count > 1 ? Int64(parts[1]) ?? 0 : 0),
      ]
    case "-p", "--publish":
      let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      let target = parts[parts.count - 1]
      let key = target.contains("/") ? target : target + "/tcp"
      var bindings = container.host["PortBindings"]?.objectValue ?? [:]
      bindings[key] = [
        [
          "HostIp": .string(parts.count > 2 ? parts[0] : ""),
          "HostPort": .string(parts.count > 1 ? parts[parts.count - 2] : ""),
        ]
      ]
      container.host["PortBindings"] = .object(bindings)
    default: throw ScriptError("t.docker does not know \(name); write the event with t.event(\"create\", { … })")
    }
  }

  /// Words as a shell splits them: blanks, single and double quotes, backslashes.
  private static func split(_ line: String) throws(ScriptError) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in line {
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else { throw ScriptError("a quote is not closed: \(line)") }
    if let word { words.append(word) }
    return words
  }
}
