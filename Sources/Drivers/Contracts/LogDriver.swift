public import JSON

/// Sends log lines away. The only kind that acts: through what it was granted. Buffering, batch size, linger and retry
/// are the engine's; a throw means that the batch is tried again.
public protocol LogDriver: Sendable {
  func write(_ batch: [LogLine], to log: LogRequest) async throws
}

public struct LogLine: Codable, Sendable, Hashable {
  public var text: String
  /// "stdout" or "stderr".
  public var stream: String
  /// RFC 3339 with nanoseconds.
  public var time: String
  /// The first part of a line longer than 16 KiB.
  public var partial: Bool
  public var attributes: [String: String]

  public init(text: String, stream: String, time: String, partial: Bool = false, attributes: [String: String] = [:]) {
    self.text = text
    self.stream = stream
    self.time = time
    self.partial = partial
    self.attributes = attributes
  }
}

public struct LogRequest: Codable, Sendable, Hashable {
  public var container: ContainerSummary
  public var options: JSONObject

  public init(container: ContainerSummary, options: JSONObject = [:]) {
    self.container = container
    self.options = options
  }
}
