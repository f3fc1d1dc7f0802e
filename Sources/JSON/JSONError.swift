/// Why a document or a value was refused.
public struct JSONError: Error, Sendable, Hashable {
  public struct Code: Sendable, Hashable {
    private enum Value: Sendable, Hashable { case syntax, duplicateKey, limit, type, missing, value }
    private let value: Value
    private init(_ value: Value) { self.value = value }

    /// The text is not JSON (or the bytes not CBOR).
    public static let syntax = Code(.syntax)
    /// An object has the same key twice, or two that differ in case only.
    public static let duplicateKey = Code(.duplicateKey)
    /// Too deep or too large.
    public static let limit = Code(.limit)
    /// A member has another type than the one declared.
    public static let type = Code(.type)
    /// A required member is absent.
    public static let missing = Code(.missing)
    /// A member has the right type and a value that is not allowed.
    public static let value = Code(.value)
  }

  public var code: Code
  /// Where in the value: `HostConfig.PortBindings["80/tcp"][0]`; empty for the document itself.
  public var path: String
  public var message: String
  /// Byte offset in the document, for syntax errors.
  public var position: Int?

  public init(_ code: Code, _ message: String, path: String = "", position: Int? = nil) {
    self.code = code
    self.message = message
    self.path = path
    self.position = position
  }
}

extension JSONError: CustomStringConvertible {
  public var description: String {
    let place = path.isEmpty ? "" : "\(path): "
    return position.map { "\(place)\(message) at byte \($0)" } ?? "\(place)\(message)"
  }
}
