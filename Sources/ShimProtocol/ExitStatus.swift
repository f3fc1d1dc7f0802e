/// How a program ended.
public struct ExitStatus: Codable, Sendable, Hashable {
  /// The program's own code, or 128 + signal.
  public var code: Int32
  /// The signal that ended it.
  public var signal: Int32?
  /// The kernel's OOM killer chose a process of the container before it ended.
  public var oomKilled: Bool
  /// Nanoseconds since 1970; 0: it never started.
  public var startedAt: Int64
  public var finishedAt: Int64
  /// Why it could not run, or what was lost on the way (a log that could not be written).
  public var error: String?

  public init(
    code: Int32, signal: Int32? = nil, oomKilled: Bool = false, startedAt: Int64 = 0, finishedAt: Int64 = 0,
    error: String? = nil
  ) {
    self.code = code
    self.signal = signal
    self.oomKilled = oomKilled
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.error = error
  }
}

/// The content of a shim's exit file: what a daemon learns from it that was dead when the container ended.
public struct ExitRecord: Codable, Sendable, Hashable {
  public static let currentVersion = 1

  public var version: Int
  public var id: String
  public var status: ExitStatus

  public init(id: String, status: ExitStatus) {
    self.version = Self.currentVersion
    self.id = id
    self.status = status
  }

  public func encoded() throws(ShimProtocolError) -> [UInt8] { try ProtocolCoding.encode(self) }

  public init(decoding bytes: [UInt8]) throws(ShimProtocolError) {
    self = try ProtocolCoding.decode(ExitRecord.self, ProtocolCoding.value(bytes))
  }
}
