public import JSON

/// The text of a script with the name that stands in its error messages ("bank-policy/init.lua").
public struct LuaChunk: Sendable, Hashable {
  public var label: String
  public var text: String

  public init(label: String, text: String) {
    self.label = label
    self.text = text
  }
}

/// The answer to a call of a host function.
public enum LuaReply: Sendable {
  case values([JSONValue])
  /// Raises in the script.
  case raise(String)
  /// The script waits without holding a thread or its state; the operation is cancelled when the call's time is up.
  case wait(@Sendable () async -> LuaReply)
}

/// What a state can reach: the host functions of its prelude, and the chunks it may load.
public protocol LuaHost: AnyObject, Sendable {
  /// Called on a Lua thread: must not block. `call` is nil while a prelude runs. `canWait` is false inside a metamethod or callback of the library, where
  /// a script cannot yield; `.wait` raises there.
  func call(_ arguments: [JSONValue], in call: LuaCall?, canWait: Bool) -> LuaReply
  /// The text of a chunk that the prelude compiles.
  func chunk(named name: String) -> Result<LuaChunk, LuaError>
}

/// An argument of an entry.
public enum LuaArgument {
  case value(JSONValue)
  /// A document's root: the call's own, refused when the script keeps it beyond the call.
  case document(any LuaDocument)
}
