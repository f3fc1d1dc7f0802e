import Glibc
import Synchronization

/// Places where a test lets the daemon die: before and after every record write and every plan step.
///
/// `MOONPOOL_FAULT=NAME:N` in the daemon's environment ends it with SIGKILL at the N-th passage of NAME (`*` for any
/// name). Without the variable a passage costs one comparison.
enum FaultPoint {
  private struct Plan: Sendable {
    var name: String
    var passage: Int
  }

  private static let plan: Plan? = {
    guard let text = getenv("MOONPOOL_FAULT").map({ String(cString: $0) }),
      let colon = text.lastIndex(of: ":"), let passage = Int(text[text.index(after: colon)...])
    else { return nil }
    return Plan(name: String(text[..<colon]), passage: passage)
  }()
  private static let passages = Mutex(0)

  static func pass(_ name: @autoclosure () -> String) {
    guard let plan else { return }
    guard plan.name == "*" || plan.name == name() else { return }
    let count = passages.withLock { passages in
      passages += 1
      return passages
    }
    if count == plan.passage { kill(getpid(), SIGKILL) }
  }
}
