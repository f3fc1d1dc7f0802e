internal import Archive
internal import LinuxSystem
internal import OCI

/// Why something about images could not be done, in Docker's words where Docker has the same case.
public struct ImageStoreError: Error, Sendable, Hashable, CustomStringConvertible {
  public struct Code: Sendable, Hashable {
    private enum Value: Sendable, Hashable {
      case notFound, ambiguous, conflict, invalid, corrupt, noSpace, closed, system
    }
    private let value: Value
    private init(_ value: Value) { self.value = value }

    /// No such image, layer or blob.
    public static let notFound = Code(.notFound)
    /// A short id that several images begin with.
    public static let ambiguous = Code(.ambiguous)
    /// The image is used.
    public static let conflict = Code(.conflict)
    /// What was given contradicts itself: a wrong digest, a malformed layer, an unsafe path.
    public static let invalid = Code(.invalid)
    /// What is stored is damaged.
    public static let corrupt = Code(.corrupt)
    /// The disk or the quota is full.
    public static let noSpace = Code(.noSpace)
    /// The session has ended or was given up.
    public static let closed = Code(.closed)
    /// Another system call failed.
    public static let system = Code(.system)
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  init(_ error: SystemError) {
    let isFull = error.errno == .noSpace || error.errno == .quotaExceeded
    self.init(isFull ? .noSpace : .system, isFull ? "\(error): free some space and try again" : "\(error)")
  }

  init(_ error: ArchiveError, layer: OCI.Digest?) {
    let subject = layer.map { "failed to register layer \($0.short): " } ?? "failed to register layer: "
    let code: Code =
      switch error.code {
      case .noSpace: .noSpace
      case .system: .system
      default: .invalid
      }
    self.init(code, subject + error.description)
  }

  /// A name is shown with its tag, as by Docker.
  static func noSuchImage(_ text: String) -> ImageStoreError {
    let name = text.hasPrefix("sha256:") ? nil : try? ImageReference(text)
    return ImageStoreError(.notFound, "No such image: \(name?.familiar ?? text)")
  }

  public var description: String { message }
}
