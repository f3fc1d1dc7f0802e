extension EventDefinition {
  /// Fields of every event.
  public static let common: [Field] = [
    Field("id", "string", "the same when an event is delivered again"),
    Field("name", "string", "the event's name"),
    Field("time", "number", "seconds since 1970; the only clock of a mutate or gate"),
    Field("decision", "string|nil", "the decision about the operation"),
    Field("dry", "boolean", "nothing will happen: a policy is being tried"),
    Field("actor", "Actor", "who asks"),
  ]

  private static let container = Field("container", "Container", "in the shape of `docker inspect`")
  private static let image = Field("image", "Image", "the image, resolved")
  private static let owner = Field("owner", "Actor|nil", "who created the container")
  private static let request = Field("request", "table", "the request as the API has it")
  private static let network = Field("network", "Network", "in the shape of `docker network inspect`")
  private static let volume = Field("volume", "Volume", "in the shape of `docker volume inspect`")
  private static let containerPaths = [
    "container.Name", "container.Config.*", "container.HostConfig.*", "container.NetworkSettings.Networks.*",
  ]

  private static func aboutContainer(_ name: EventName, _ help: String) -> EventDefinition {
    EventDefinition(name, [.gate, .observe], [container, owner, request], help)
  }

  private static func aboutRequest(_ name: EventName, _ help: String) -> EventDefinition {
    EventDefinition(name, [.gate, .observe], [image, request], help)
  }

  private static func aboutNetwork(_ name: EventName, _ help: String) -> EventDefinition {
    EventDefinition(name, [.mutate, .gate, .observe], [network, container], help)
  }

  private static func aboutVolume(_ name: EventName, _ help: String) -> EventDefinition {
    EventDefinition(name, [.mutate, .gate, .observe], [volume, container], help)
  }

  /// Every event there is.
  public static let all: [EventDefinition] = [
    EventDefinition(
      .pull, [.mutate, .gate, .observe],
      [
        image, Field("from", "string", "where to fetch; the name stays"),
        Field("platform", "string|nil", "os/arch[/variant]"),
        Field("result", "PullResult", "Id, digest, bytes, seconds", isObserved: true),
      ], writable: ["from"], "An image is fetched from a registry."),
    EventDefinition(
      .admit, [.gate],
      [image], "An image appears, however it came (pull, load, import, build, commit); a deny leaves no reference."),
    EventDefinition(
      .create, [.mutate, .gate, .observe], [container, image, owner], writable: containerPaths,
      "A container is created."),
    EventDefinition(
      .start, [.mutate, .gate, .observe],
      [container, image, owner, Field("restart", "Restart|nil", "attempt and reason, when a policy restarts it")],
      "A container is started, by request, by its restart policy or at boot."),
    EventDefinition(
      .stop, [.mutate, .observe],
      [container, owner, Field("stop", "Stop", "Signal, Timeout, reason")], writable: ["stop.Signal", "stop.Timeout"],
      ignoresErrors: true, "A container is stopped or killed; this cannot be denied."),
    EventDefinition(
      .exit, [.mutate, .observe],
      [
        container, owner, Field("exit", "Exit", "code, signal, oom, requested, started, finished, error"),
        Field("restart", "boolean|RestartAfter|nil", "nil: as declared; false: no; { after = seconds }"),
      ], writable: ["restart"], ignoresErrors: true, "A container's process has ended."),
    EventDefinition(
      .exec, [.mutate, .gate, .observe],
      [
        container, owner, Field("exec", "Exec", "Id, Cmd, User, Env, Tty, Privileged, WorkingDir"),
        Field("created_by", "Actor|nil", "who created the exec"),
      ],
      writable: [
        "exec.Cmd", "exec.User", "exec.Env", "exec.Privileged", "exec.WorkingDir",
      ], "A program is started in a running container."),
    EventDefinition(
      .update, [.mutate, .gate, .observe], [container, owner, request], writable: ["container.HostConfig.*"],
      "A container's limits change; `container` as it would become."),
    aboutContainer(.rename, "A container gets another name."),
    aboutContainer(.pause, "A container is paused."),
    aboutContainer(.unpause, "A container goes on."),
    aboutContainer(.remove, "A container is removed."),
    aboutContainer(.attach, "Somebody attaches to a container's streams."),
    aboutContainer(.copy, "Files are copied into or out of a container."),
    aboutContainer(.export, "A container's file system is exported."),
    aboutContainer(.commit, "An image is made from a container."),
    aboutRequest(.load, "Images are loaded from a tar."),
    aboutRequest(.import, "An image is made from a tar of a file system."),
    aboutRequest(.build, "An image is built."),
    aboutRequest(.push, "An image is pushed to a registry."),
    aboutRequest(.tag, "An image gets a further name."),
    aboutRequest(.imageRemove, "An image or a name of one is removed."),
    aboutRequest(.pluginInstall, "A plugin is installed."),
    aboutRequest(.pluginEnable, "A plugin is enabled."),
    aboutRequest(.pluginDisable, "A plugin is disabled."),
    aboutRequest(.pluginSet, "A plugin's settings change."),
    aboutRequest(.pluginRemove, "A plugin is removed."),
    aboutNetwork(.networkCreate, "A network is created."),
    aboutNetwork(.networkConnect, "A container joins a network."),
    aboutNetwork(.networkDisconnect, "A container leaves a network."),
    aboutNetwork(.networkRemove, "A network is removed."),
    aboutVolume(.volumeCreate, "A volume is created."),
    aboutVolume(.volumeMount, "A volume is mounted into a container."),
    aboutVolume(.volumeRemove, "A volume is removed."),
    EventDefinition(
      .log, [.mutate],
      [container, Field("lines", "LogLine[]", "text, stream, time, partial, attributes, drop")], writable: ["lines.*"],
      ignoresErrors: true, "Lines of a container's log, before they are delivered."),
    EventDefinition(
      .health, [.observe],
      [container, owner, Field("health", "Health", "status, streak, output")], "A health check's result changed."),
    EventDefinition(
      .decision, [.observe],
      [
        Field("operation", "string", "the event that was decided"), Field("verdict", "string", "allow or deny"),
        Field("rules", "table[]", "what each rule said"), container, image, request,
      ], "Hooks decided about an operation; denied ones too."),
  ]
}
