/// Why a plan could not be applied, or undone as a whole.
public struct PlanFailure: Error, Sendable, CustomStringConvertible {
  public struct Code: Sendable, Hashable {
    private enum Value: Sendable, Hashable { case conflict, portTaken, notFound, full, kernel, invalid }
    private let value: Value
    private init(_ value: Value) { self.value = value }

    /// Something else is in the place, or the same thing with other properties.
    public static let conflict = Code(.conflict)
    /// A published port is in use.
    public static let portTaken = Code(.portTaken)
    /// What the step builds upon is not there.
    public static let notFound = Code(.notFound)
    /// No space left on device.
    public static let full = Code(.full)
    /// The kernel refused.
    public static let kernel = Code(.kernel)
    /// The plan asks for what cannot be.
    public static let invalid = Code(.invalid)
  }

  public var code: Code
  /// One sentence, without the step.
  public var message: String
  /// `host link br0`; nil where no step is to blame.
  public var step: String?
  /// What went wrong while what had been done was undone.
  public var afterwards: [String]

  public init(_ code: Code, _ message: String, step: String? = nil, afterwards: [String] = []) {
    self.code = code
    self.message = message
    self.step = step
    self.afterwards = afterwards
  }

  public var description: String {
    var text = step.map { "\($0): \(message)" } ?? message
    if !afterwards.isEmpty { text += " (while undoing: \(afterwards.joined(separator: "; ")))" }
    return text
  }
}
