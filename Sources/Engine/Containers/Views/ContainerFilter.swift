import EngineAPI

/// `docker ps --filter`.
struct ContainerFilter: Sendable {
  private let filters: Filters
  private let ancestors: Set<String>?
  private let before: Timestamp?
  private let since: Timestamp?

  init(_ filters: Filters, registry: ContainerRegistry, images: ImageService) async throws {
    self.filters = filters
    var ancestors: Set<String> = []
    for reference in filters["ancestor"] {
      ancestors.insert(reference)
      if let image = try? await images.resolve(reference) { ancestors.insert(image.id) }
    }
    self.ancestors = filters.contains("ancestor") ? ancestors : nil
    before = try await Self.created(filters["before"].first, registry)
    since = try await Self.created(filters["since"].first, registry)
    for status in filters["status"]
    where !["created", "running", "paused", "restarting", "removing", "exited", "dead"].contains(status) {
      throw EngineError(.invalidArgument, "invalid filter 'status=\(status)'")
    }
  }

  private static func created(_ reference: String?, _ registry: ContainerRegistry) async throws -> Timestamp? {
    guard let reference else { return nil }
    return await (try registry.find(reference)).record.created
  }

  func matches(_ record: ContainerRecord, network: NetworkSettings) -> Bool {
    filters.matchesPrefix("id", record.id)
      && (filters.matches("name", record.name) || filters.matches("name", "/" + record.name))
      && filters.matchesLabels("label", record.config.labels ?? [:])
      && filters.matchesExactly("status", record.state.status)
      && matchesExit(record) && matchesAncestor(record) && matchesNetwork(record, network) && matchesVolume(record)
      && matchesPorts(record, network)
      && (before.map { record.created < $0 } ?? true) && (since.map { record.created > $0 } ?? true)
      && (filters["health"].isEmpty || filters["health"].contains("none"))
  }

  private func matchesExit(_ record: ContainerRecord) -> Bool {
    guard filters.contains("exited") else { return true }
    guard case .exited(let exit) = record.state else { return false }
    return filters["exited"].contains("\(exit.code)")
  }

  private func matchesAncestor(_ record: ContainerRecord) -> Bool {
    ancestors.map { $0.contains(record.image) || $0.contains(record.imageReference) } ?? true
  }

  private func matchesNetwork(_ record: ContainerRecord, _ network: NetworkSettings) -> Bool {
    guard filters.contains("network") else { return true }
    var names = Set(record.networks.keys)
    names.insert(record.hostConfig.networkMode ?? "")
    for (name, endpoint) in network.networks {
      names.insert(name)
      names.insert(endpoint.networkID)
    }
    return filters["network"].contains { wanted in
      names.contains { $0 == wanted || $0.hasPrefix(wanted) && wanted.utf8.count >= 12 }
    }
  }

  private func matchesVolume(_ record: ContainerRecord) -> Bool {
    guard filters.contains("volume") else { return true }
    return filters["volume"].contains { wanted in
      record.mounts.contains { $0.name == wanted || $0.destination == wanted || $0.source == wanted }
    }
  }

  private func matchesPorts(_ record: ContainerRecord, _ network: NetworkSettings) -> Bool {
    func port(_ text: String) -> String { text.contains("/") ? text : text + "/tcp" }
    if filters.contains("publish") {
      guard filters["publish"].contains(where: { !((network.ports[port($0)] ?? nil) ?? []).isEmpty }) else {
        return false
      }
    }
    if filters.contains("expose") {
      guard filters["expose"].contains(where: { record.config.exposedPorts?.contains(port($0)) ?? false }) else {
        return false
      }
    }
    return true
  }
}
