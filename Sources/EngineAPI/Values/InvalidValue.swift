/// A value of the API that cannot be understood. The message is Docker's where Docker has one.
public struct InvalidValue: Error, Sendable, Hashable, CustomStringConvertible {
  public var message: String

  public init(_ message: String) { self.message = message }

  public var description: String { message }
}
