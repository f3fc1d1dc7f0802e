import Synchronization

/// The containers by id and by name. Names are claimed before anything else of a container is made, so that two
/// creates cannot have the same.
final class ContainerRegistry: Sendable {
  private struct State {
    var containers: [String: Container] = [:]
    var names: [String: String] = [:]
  }
  private let state = Mutex(State())

  /// Claims a name for an id; the id that has it already otherwise.
  func claim(_ name: String, for id: String) -> String? {
    state.withLock { state in
      if let owner = state.names[name] { return owner }
      state.names[name] = id
      return nil
    }
  }

  func release(_ name: String) {
    state.withLock { _ = $0.names.removeValue(forKey: name) }
  }

  func add(_ container: Container, name: String) {
    state.withLock { state in
      state.containers[container.id] = container
      state.names[name] = container.id
    }
  }

  func remove(_ id: String) {
    state.withLock { state in
      state.containers[id] = nil
      state.names = state.names.filter { $0.value != id }
    }
  }

  var all: [Container] { state.withLock { Array($0.containers.values) } }

  var count: Int { state.withLock { $0.containers.count } }

  /// By full id, name, or a prefix of the id that only one container has.
  func find(_ reference: String) throws(EngineError) -> Container {
    let name = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
    let found = state.withLock { state -> Result<Container, EngineError> in
      if let container = state.containers[reference] { return .success(container) }
      if let id = state.names[name], let container = state.containers[id] { return .success(container) }
      let matching = state.containers.keys.filter { !name.isEmpty && $0.hasPrefix(name) }
      if matching.count > 1 {
        return .failure(EngineError(.invalidArgument, "Multiple IDs found with provided prefix: \(reference)"))
      }
      guard let id = matching.first, let container = state.containers[id] else {
        return .failure(.noSuchContainer(reference))
      }
      return .success(container)
    }
    return try found.get()
  }
}

extension ContainerRegistry {
  /// Which containers use which images.
  func imageUses() async -> [ImageUse] {
    var uses: [ImageUse] = []
    for container in all {
      let record = await container.record
      uses.append(ImageUse(container: record.id, image: record.image, isRunning: record.state.isRunning))
    }
    return uses
  }
}
