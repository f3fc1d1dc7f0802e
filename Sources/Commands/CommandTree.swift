/// All commands by their paths: the one place to add a command to. The first path of each is its full one.
enum CommandTree {
  struct Entry: Sendable {
    var paths: [String]
    var definition: any CommandDefinition.Type

    init(_ definition: any CommandDefinition.Type, _ paths: String...) {
      self.paths = paths
      self.definition = definition
    }
  }

  static let entries: [Entry] = [
    Entry(AttachCommand.self, "container attach", "attach"),
    Entry(CreateCommand.self, "container create", "create"),
    Entry(ExecCommand.self, "container exec", "exec"),
    Entry(ContainerInspectCommand.self, "container inspect"),
    Entry(KillCommand.self, "container kill", "kill"),
    Entry(LogsCommand.self, "container logs", "logs"),
    Entry(ListCommand.self, "container ls", "container list", "container ps", "ps"),
    Entry(PauseCommand.self, "container pause", "pause"),
    Entry(PortCommand.self, "container port", "port"),
    Entry(ContainerPruneCommand.self, "container prune"),
    Entry(RenameCommand.self, "container rename", "rename"),
    Entry(RestartCommand.self, "container restart", "restart"),
    Entry(RemoveCommand.self, "container rm", "container remove", "rm"),
    Entry(RunCommand.self, "container run", "run"),
    Entry(StartCommand.self, "container start", "start"),
    Entry(StopCommand.self, "container stop", "stop"),
    Entry(TopCommand.self, "container top", "top"),
    Entry(UnpauseCommand.self, "container unpause", "unpause"),
    Entry(UpdateCommand.self, "container update", "update"),
    Entry(WaitCommand.self, "container wait", "wait"),
    Entry(HistoryCommand.self, "image history", "history"),
    Entry(ImportCommand.self, "image import", "import"),
    Entry(ImageInspectCommand.self, "image inspect"),
    Entry(ImagesCommand.self, "image ls", "image list", "images"),
    Entry(ImagePruneCommand.self, "image prune"),
    Entry(PullCommand.self, "image pull", "pull"),
    Entry(PushCommand.self, "image push", "push"),
    Entry(ImageRemoveCommand.self, "image rm", "image remove", "rmi"),
    Entry(TagCommand.self, "image tag", "tag"),
    Entry(NetworkConnectCommand.self, "network connect"),
    Entry(NetworkCreateCommand.self, "network create"),
    Entry(NetworkDisconnectCommand.self, "network disconnect"),
    Entry(NetworkInspectCommand.self, "network inspect"),
    Entry(NetworkListCommand.self, "network ls", "network list"),
    Entry(NetworkPruneCommand.self, "network prune"),
    Entry(NetworkRemoveCommand.self, "network rm", "network remove"),
    Entry(VolumeCreateCommand.self, "volume create"),
    Entry(VolumeInspectCommand.self, "volume inspect"),
    Entry(VolumeListCommand.self, "volume ls", "volume list"),
    Entry(VolumePruneCommand.self, "volume prune"),
    Entry(VolumeRemoveCommand.self, "volume rm", "volume remove"),
    Entry(DiskUsageCommand.self, "system df"),
    Entry(EventsCommand.self, "system events", "events"),
    Entry(InfoCommand.self, "system info", "info"),
    Entry(SystemPruneCommand.self, "system prune"),
    Entry(ContextCreateCommand.self, "context create"),
    Entry(ContextInspectCommand.self, "context inspect"),
    Entry(ContextListCommand.self, "context ls", "context list"),
    Entry(ContextRemoveCommand.self, "context rm", "context remove"),
    Entry(ContextShowCommand.self, "context show"),
    Entry(ContextUseCommand.self, "context use"),
    Entry(HooksTestCommand.self, "hooks test"),
    Entry(PluginCheckCommand.self, "plugin check", "plugin test"),
    Entry(InspectCommand.self, "inspect"),
    Entry(LoginCommand.self, "login"),
    Entry(LogoutCommand.self, "logout"),
    Entry(VersionCommand.self, "version"),
  ]

  static let nouns: [(name: String, summary: String)] = [
    ("container", "Manage containers"), ("context", "Manage contexts"), ("hooks", "Manage hooks"),
    ("image", "Manage images"), ("network", "Manage networks"), ("plugin", "Manage drivers"),
    ("system", "Manage Moonpool"), ("volume", "Manage volumes"),
  ]

  /// The command that `words` begin with, its path and what follows.
  static func find(_ words: ArraySlice<String>) -> (entry: Entry, path: String, rest: ArraySlice<String>)? {
    for length in [2, 1] where words.count >= length {
      let path = words.prefix(length).joined(separator: " ")
      if let entry = entries.first(where: { $0.paths.contains(path) }) {
        return (entry, path, words.dropFirst(length))
      }
    }
    return nil
  }
}
