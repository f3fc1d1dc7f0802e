import Synchronization

/// Lets one operation at a time through, in the order of arrival. Actors are re-entrant at every `await`; what must not
/// interleave (start and remove of one container, calls for one key) takes its lane.
final class Lane: Sendable {
  private struct State {
    var busy = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }
  private let state = Mutex(State())

  func run<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async {
    await withCheckedContinuation { continuation in
      let enters = state.withLock { state in
        guard state.busy else {
          state.busy = true
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if enters { continuation.resume() }
    }
  }

  private func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard !state.waiting.isEmpty else {
        state.busy = false
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.resume()
  }
}

/// Lanes by key: calls for one key are serialised, calls for different keys run together.
final class Lanes: Sendable {
  private let lanes = Mutex<[String: (lane: Lane, users: Int)]>([:])

  func run<Result: Sendable>(_ key: String, _ body: @Sendable () async throws -> Result) async throws -> Result {
    let lane = lanes.withLock { lanes in
      let entry = lanes[key] ?? (Lane(), 0)
      lanes[key] = (entry.lane, entry.users + 1)
      return entry.lane
    }
    defer {
      lanes.withLock { lanes in
        guard let entry = lanes[key] else { return }
        lanes[key] = entry.users == 1 ? nil : (entry.lane, entry.users - 1)
      }
    }
    return try await lane.run(body)
  }
}
