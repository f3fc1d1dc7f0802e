/// Why a state could not be made or a value could not be carried over.
public struct LuaError: Error, Hashable, CustomStringConvertible {
  public var message: String
  public var description: String { message }
  public init(_ message: String) { self.message = message }
}

/// How a call of a script failed.
public enum LuaFailure: Error, Hashable, CustomStringConvertible {
  /// The script raised; the message carries file and line.
  case raised(String)
  /// The script was stopped because it exceeded a limit; its state takes no new calls.
  case killed(LuaKill)

  public var description: String {
    switch self {
    case .raised(let message): message
    case .killed(let kill): kill.description
    }
  }
}

/// The limit a script exceeded.
public enum LuaKill: Int32, Sendable, Hashable, CustomStringConvertible {
  case cpu = 1
  case wall = 2
  case memory = 3
  case string = 4

  public var description: String {
    switch self {
    case .cpu: "stopped: it used more CPU time than its limit"
    case .wall: "stopped: it took longer than its limit"
    case .memory: "stopped: it used more memory than its limit"
    case .string: "stopped: it made a string longer than the limit"
    }
  }
}
