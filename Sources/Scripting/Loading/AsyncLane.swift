import Synchronization

/// Runs asynchronous work one piece after the other.
final class AsyncLane: Sendable {
  private let last = Mutex<Task<Void, Never>?>(nil)

  func run(_ work: @escaping @Sendable () async -> Void) async {
    let task = last.withLock { last in
      let before = last
      let task = Task {
        await before?.value
        await work()
      }
      last = task
      return task
    }
    await task.value
  }
}
