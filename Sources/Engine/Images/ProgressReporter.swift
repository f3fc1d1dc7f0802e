public import EngineAPI

/// Where a long operation says how far it is; one line of the answer each.
public typealias ProgressSink = @Sendable (JSONMessage) async throws -> Void

/// Puts the progress of layers that come at the same time into one order, and not more often than a person can see.
actor ProgressReporter {
  private let sink: ProgressSink
  private var last: [String: ContinuousClock.Instant] = [:]
  private let lane = Lane()

  init(_ sink: @escaping ProgressSink) { self.sink = sink }

  func say(_ status: String, id: String? = nil) async throws {
    try await send(JSONMessage(status: status, progressDetail: id == nil ? nil : JSONProgress(), id: id))
  }

  func send(_ message: JSONMessage) async throws {
    let sink = sink
    try await lane.run { try await sink(message) }
  }

  /// How far a layer is; at most ten times a second for each.
  func progress(_ status: String, id: String, current: Int64, total: Int64) async throws {
    let now = ContinuousClock.now
    if let before = last[id], now - before < .milliseconds(100), current < total { return }
    last[id] = now
    try await send(
      JSONMessage(status: status, progressDetail: JSONProgress(current: current, total: total), id: id))
  }
}
