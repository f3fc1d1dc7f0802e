internal import CLua
import JSON

/// One call of an entry, from its start to its end; it may be suspended in between any number of times.
///
/// Unchecked because a call is used by one thread at a time: the holder of its state's lane, or, while it waits, the
/// one who answers.
public final class LuaCall: @unchecked Sendable {
  public let state: LuaState
  let entry: String
  /// What the host needs to know about this call (who, which rule, what it may do).
  public let context: AnyObject?
  /// Used so far.
  public internal(set) var cpu: Duration = .zero

  var given: [LuaArgument]
  var arguments: [UInt8] = []
  var documents: [UInt64: any LuaDocument] = [:]
  var hasStarted = false
  var operation: (@Sendable () async -> LuaReply)?
  var reply: LuaReply?
  private(set) var pointer: OpaquePointer?

  public init(
    of state: LuaState, entry: String, arguments: [LuaArgument], budget: LuaBudget, context: AnyObject? = nil
  ) {
    self.state = state
    self.entry = entry
    self.given = arguments
    self.context = context
    pointer = mp_call_new(budget.cpu.nanoseconds, budget.wall.nanoseconds, budget.slice.nanoseconds)
  }

  deinit {
    if let pointer { state.abandon(pointer) }
  }

  /// Time until which a call that waits may be answered.
  var remaining: Duration {
    guard let pointer else { return .zero }
    let now = mp_monotonic()
    let deadline = mp_call_deadline(pointer)
    return deadline > now ? .nanoseconds(Int64(clamping: deadline - now)) : .zero
  }

  /// Only for the one who answers a call that waits.
  func kill(_ reason: LuaKill) {
    if let pointer { mp_call_kill(pointer, reason.rawValue) }
  }

  /// Only for the holder of the state's lane.
  func end() {
    guard let pointer else { return }
    self.pointer = nil
    documents = [:]
    state.free(pointer)
  }
}

/// Where a call stands after it ran.
enum LuaOutcome {
  case finished([JSONValue])
  case failed(LuaFailure)
  case sliced
  case waiting(@Sendable () async -> LuaReply)
}
