/// What happens in the engine and can be scripted (HOOKS.md §2). The table `EventDefinition.all` says the rest.
public enum EventName: String, Codable, Sendable, Hashable, CaseIterable {
  case pull, admit, create, start, stop, exit, exec
  case update, rename, pause, unpause, remove, attach, copy, export, commit
  case load, `import`, build, push, tag
  case imageRemove = "image.remove"
  case pluginInstall = "plugin.install"
  case pluginEnable = "plugin.enable"
  case pluginDisable = "plugin.disable"
  case pluginSet = "plugin.set"
  case pluginRemove = "plugin.remove"
  case networkCreate = "network.create"
  case networkConnect = "network.connect"
  case networkDisconnect = "network.disconnect"
  case networkRemove = "network.remove"
  case volumeCreate = "volume.create"
  case volumeMount = "volume.mount"
  case volumeRemove = "volume.remove"
  case log, health, decision
}

/// What a rule may do with an event (HOOKS.md §1).
public enum Verb: String, Codable, Sendable, Hashable, CaseIterable {
  /// Before the operation: reads and changes it.
  case mutate
  /// After every mutate: reads and decides.
  case gate
  /// After the fact, at least once.
  case observe
}
