/// What a state may hold: memory belongs to the state.
public struct LuaLimits: Sendable, Hashable {
  /// Bytes of the whole heap.
  public var memory: Int
  /// Bytes of one string.
  public var string: Int

  public init(memory: Int = 16 << 20, string: Int = 1 << 20) {
    self.memory = memory
    self.string = string
  }
}

/// What a call may use: time belongs to the call.
public struct LuaBudget: Sendable, Hashable {
  public var cpu: Duration
  public var wall: Duration
  /// After this long the script yields its thread and queues again.
  public var slice: Duration

  public init(cpu: Duration, wall: Duration, slice: Duration = .milliseconds(1)) {
    self.cpu = cpu
    self.wall = wall
    self.slice = slice
  }

  public static let decision = LuaBudget(cpu: .milliseconds(100), wall: .seconds(1))
  public static let observe = LuaBudget(cpu: .seconds(1), wall: .seconds(30))
  public static let driver = LuaBudget(cpu: .seconds(1), wall: .seconds(30))
  public static let load = LuaBudget(cpu: .seconds(1), wall: .seconds(30))
}

extension Duration {
  /// Whole nanoseconds, clamped to what fits.
  public var nanoseconds: UInt64 {
    let (seconds, attoseconds) = components
    if seconds < 0 { return 0 }
    let (product, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : product &+ UInt64(attoseconds / 1_000_000_000)
  }
}
