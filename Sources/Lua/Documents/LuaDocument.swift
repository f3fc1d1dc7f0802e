public import JSON

/// An error raised in the script, at the line that did what it says.
public struct LuaRaise: Error, Hashable, Sendable {
  public var message: String
  public init(_ message: String) { self.message = message }
}

/// What an event table is indexed with; list positions count from 1.
public enum LuaKey: Hashable, Sendable {
  case name(String)
  case position(Int)
}

/// What stands at a key of an event table.
public enum LuaMember: Sendable {
  case absent
  /// Null, boolean, number or string.
  case scalar(JSONValue)
  /// A list or map of its own, by the document's number for it.
  case node(Int)
}

/// A value of the host's that scripts see as tables without it being copied: `event.container.HostConfig` asks for one
/// member after the other, an assignment is checked at the line where it stands.
///
/// Node 0 is the root. A document is used only by the call it was given to, on the thread that runs the call.
public protocol LuaDocument: AnyObject {
  func member(of node: Int, at key: LuaKey) throws(LuaRaise) -> LuaMember
  func assign(_ value: JSONValue, at key: LuaKey, of node: Int) throws(LuaRaise)
  func length(of node: Int) -> Int
  /// The member at a position from 0 in iteration order; nil after the last.
  func entry(of node: Int, at position: Int) throws(LuaRaise) -> (key: LuaKey, member: LuaMember)?
  func value(of node: Int) -> JSONValue
}
