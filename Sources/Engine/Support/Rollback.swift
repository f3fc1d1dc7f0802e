import Synchronization

/// Undoes what an operation has done so far, last first, within a living daemon; after a crash the records do.
final class Rollback: Sendable {
  private let steps = Mutex<[@Sendable () async -> Void]>([])

  func add(_ step: @escaping @Sendable () async -> Void) { steps.withLock { $0.append(step) } }

  func undo() async {
    let steps = steps.withLock { steps in
      defer { steps = [] }
      return steps
    }
    for step in steps.reversed() { await step() }
  }
}
