import EngineAPI
import ShimProtocol
import Synchronization

/// The execs of this daemon's life, by id. They are not kept over a restart of it: their programs go on, their exit
/// codes have no asker any more.
final class ExecRegistry: Sendable {
  struct Entry: Sendable {
    enum State: Sendable {
      case created
      case starting
      case running(pid: Int32)
      case exited(code: Int32)
    }

    let id: String
    let containerID: String
    var config: ExecConfig
    let createdBy: Caller
    var state: State
  }

  private struct Entries {
    var byID: [String: Entry] = [:]
    /// Ended ones, oldest first.
    var ended: [String] = []
  }
  private let entries = Mutex(Entries())
  private static let keptAfterEnd = 512
  let container: @Sendable (String) -> Container?
  private let announce: @Sendable (_ action: String, _ entry: Entry, _ details: [String: String]) async -> Void

  init(
    container: @escaping @Sendable (String) -> Container?,
    announce: @escaping @Sendable (_ action: String, _ entry: Entry, _ details: [String: String]) async -> Void
  ) {
    self.container = container
    self.announce = announce
  }

  func add(_ entry: Entry) { entries.withLock { $0.byID[entry.id] = entry } }

  /// An exec that a former daemon started; what it was asked for is known to its shim alone.
  func adopt(_ exec: ShimState.Exec, container id: String, owner: Caller) {
    add(
      Entry(
        id: exec.id, containerID: id, config: ExecConfig(), createdBy: owner, state: .running(pid: exec.pid)))
  }

  func find(_ id: String) throws(EngineError) -> Entry {
    guard let entry = entries.withLock({ $0.byID[id] }) else {
      throw EngineError(.notFound, "No such exec instance: \(id)")
    }
    return entry
  }

  /// Claims the one start that an exec has.
  func beginStart(_ id: String) throws(EngineError) -> Entry {
    let result = entries.withLock { entries -> Result<Entry, EngineError> in
      guard var entry = entries.byID[id] else {
        return .failure(EngineError(.notFound, "No such exec instance: \(id)"))
      }
      switch entry.state {
      case .created:
        entry.state = .starting
        entries.byID[id] = entry
        return .success(entry)
      case .starting, .running:
        return .failure(EngineError(.conflict, "exec instance \(id) is already running"))
      case .exited: return .failure(EngineError(.conflict, "exec instance \(id) has already run"))
      }
    }
    return try result.get()
  }

  func set(_ state: Entry.State, for id: String) {
    entries.withLock { entries in
      guard var entry = entries.byID[id] else { return }
      // The end may overtake the answer to the start.
      if case .exited = entry.state { return }
      entry.state = state
      entries.byID[id] = entry
      guard case .exited = state else { return }
      entries.ended.append(id)
      if entries.ended.count > Self.keptAfterEnd { entries.byID[entries.ended.removeFirst()] = nil }
    }
  }

  /// An exec ended; nil: with its container, whose shim has gone.
  func ended(_ id: String, _ status: ExitStatus?) async {
    guard let entry = try? find(id) else { return }
    if case .exited = entry.state { return }
    let code = status?.code ?? 137
    set(.exited(code: code), for: id)
    await announce("exec_die", entry, ["execID": id, "exitCode": "\(code)"])
    if status != nil, let container = container(entry.containerID) {
      await container.removeExec(id)
      _ = try? await container.connection().request(.acknowledge(exec: id))
    }
  }

  func remove(ofContainer id: String) {
    entries.withLock { entries in
      entries.byID = entries.byID.filter { $0.value.containerID != id }
      entries.ended.removeAll { entries.byID[$0] == nil }
    }
  }
}
