/// Why a script, its configuration or the site's settings are refused; the text says where and what to do.
public struct ScriptError: Error, Sendable, Hashable, CustomStringConvertible {
  public var message: String
  public var description: String { message }
  public init(_ message: String) { self.message = message }
}
