import JSON

/// Valid events for tests: what a plain `docker run alpine` would give, deep-merged with what the test says.
enum TestEvents {
  static func event(_ name: EventName, _ fields: JSONObject) -> JSONObject {
    var event: JSONObject = ["name": .string(name.rawValue), "actor": .object(actor)]
    for field in EventDefinition.of(name).fields {
      switch field.name {
      case "container": event["container"] = .object(container)
      case "image": event["image"] = .object(image)
      case "owner", "created_by": event[field.name] = .object(actor)
      case "exec":
        event["exec"] = [
          "Id": "6b8f1d2c3a4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8", "Cmd": ["sh"], "User": "",
          "Env": [], "Tty": false, "Privileged": false, "WorkingDir": "",
        ]
      case "stop": event["stop"] = ["Signal": "SIGTERM", "Timeout": 10, "reason": "request"]
      case "exit":
        event["exit"] = [
          "code": 0, "oom": false, "requested": false, "started": 1_800_000_000, "finished": 1_800_000_060,
        ]
      case "from": event["from"] = "docker.io/library/alpine"
      case "platform": event["platform"] = "linux/amd64"
      case "health": event["health"] = ["status": "healthy", "streak": 1, "output": ""]
      case "request": event["request"] = [:]
      case "network": event["network"] = ["Name": "net", "Driver": "bridge", "Options": [:], "Labels": [:]]
      case "volume": event["volume"] = ["Name": "data", "Driver": "local", "Options": [:], "Labels": [:]]
      case "lines": event["lines"] = [["text": "hello", "stream": "stdout", "partial": false]]
      default: break
      }
    }
    return EventNormalizer.payload(merged(.object(event), .object(fields)).objectValue ?? event)
  }

  /// Maps are merged; everything else is replaced.
  static func merged(_ base: JSONValue, _ changes: JSONValue) -> JSONValue {
    guard var result = base.objectValue, let changes = changes.objectValue else {
      if base.arrayValue != nil, changes == [:] { return [] }
      return changes
    }
    for (key, value) in changes { result[key] = result[key].map { merged($0, value) } ?? value }
    return .object(result)
  }

  private static let actor: JSONObject = [
    "uid": 1000, "gid": 1000, "groups": [1000], "user": "tester", "group": "tester", "loginuid": 1000, "pid": 4711,
  ]

  private static let image: JSONObject = [
    "Id": "sha256:1d34ffeaf190be23d3de5a8de0a436676b758f48f835c3a2d4768b798c15a7f1",
    "reference": "docker.io/library/alpine:latest", "registry": "docker.io", "repository": "library/alpine",
    "tag": "latest", "digest": "sha256:a8560b36e8b8210634f77d9f7f9efd7ffa463e380b75e2e74aff4511df3ef88c",
    "origin": "pull", "Size": 8_000_000, "Labels": [:],
    "Config": ["Cmd": ["/bin/sh"], "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], "Labels": [:]],
  ]

  private static let container: JSONObject = [
    "Id": "4f66ad9a0b2e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4", "Name": "/web",
    "Created": "2027-01-02T03:04:05Z", "Path": "/bin/sh", "Args": [],
    "Image": "sha256:1d34ffeaf190be23d3de5a8de0a436676b758f48f835c3a2d4768b798c15a7f1",
    "Config": [
      "Image": "alpine", "Cmd": ["/bin/sh"], "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], "Labels": [:],
      "Tty": false, "OpenStdin": false, "User": "", "WorkingDir": "",
    ],
    "HostConfig": [
      "Privileged": false, "ReadonlyRootfs": false, "AutoRemove": false, "NetworkMode": "bridge",
      "RestartPolicy": ["Name": "no", "MaximumRetryCount": 0], "Binds": [], "CapAdd": [], "CapDrop": [],
      "SecurityOpt": [], "Devices": [], "Ulimits": [], "PortBindings": [:], "Memory": 0, "PidsLimit": 0,
      "LogConfig": ["Type": "local", "Config": [:]],
    ],
    "NetworkSettings": ["Networks": ["bridge": [:]]],
  ]
}
