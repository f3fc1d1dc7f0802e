public import OCI

/// Why a registry could not do what it was asked for, in the words in which Docker says it.
public struct RegistryError: Error, Sendable, Hashable {
  public struct Code: Sendable, Hashable {
    private enum Value: Sendable, Hashable {
      case unauthorized, denied, manifestUnknown, nameUnknown, blobUnknown, tooManyRequests, rejected, serverFailure,
        unreachable, connectionLost, timedOut, certificate, malformedResponse, contentMismatch, cancelled, source
    }
    private let value: Value
    private init(_ value: Value) { self.value = value }

    /// No credentials, or wrong ones.
    public static let unauthorized = Code(.unauthorized)
    /// Known, and not allowed to do this.
    public static let denied = Code(.denied)
    public static let manifestUnknown = Code(.manifestUnknown)
    public static let nameUnknown = Code(.nameUnknown)
    public static let blobUnknown = Code(.blobUnknown)
    public static let tooManyRequests = Code(.tooManyRequests)
    /// Any other answer in 400…499.
    public static let rejected = Code(.rejected)
    /// An answer in 500…599 after the last attempt.
    public static let serverFailure = Code(.serverFailure)
    /// No such host, connection refused.
    public static let unreachable = Code(.unreachable)
    /// The connection ended before the answer did.
    public static let connectionLost = Code(.connectionLost)
    public static let timedOut = Code(.timedOut)
    /// TLS failed: unknown authority, wrong host name, no TLS at all.
    public static let certificate = Code(.certificate)
    /// The answer breaks the protocol.
    public static let malformedResponse = Code(.malformedResponse)
    /// The content has another digest or size than was asked for.
    public static let contentMismatch = Code(.contentMismatch)
    public static let cancelled = Code(.cancelled)
    /// What was to be uploaded could not be read.
    public static let source = Code(.source)
  }

  public var code: Code
  public var message: String
  /// HTTP status of the answer, where there was one.
  public var status: Int?

  public init(_ code: Code, _ message: String, status: Int? = nil) {
    self.code = code
    self.message = message
    self.status = status
  }

  /// Whether the same request may succeed a moment later. A host that cannot be reached at all is reported at once.
  var isTransient: Bool {
    switch code {
    case .connectionLost, .tooManyRequests: true
    case .serverFailure: status.map { [500, 502, 503, 504].contains($0) } ?? false
    default: false
    }
  }

  /// Says what a failed pull means for `reference` as Docker does (`translatePullError`): a repository that may not be
  /// seen and one that does not exist are the same thing to a stranger.
  public func pulling(_ reference: ImageReference) -> RegistryError {
    switch code {
    case .denied:
      RegistryError(
        .denied,
        "pull access denied for \(reference.familiarName), repository does not exist or may require 'docker login': "
          + message, status: 404)
    case .manifestUnknown:
      RegistryError(.manifestUnknown, "manifest for \(reference.familiar) not found: \(message)", status: 404)
    case .nameUnknown:
      RegistryError(.nameUnknown, "repository \(reference.familiarName) not found: \(message)", status: 404)
    default: self
    }
  }
}

extension RegistryError: CustomStringConvertible {
  public var description: String { message }
}
