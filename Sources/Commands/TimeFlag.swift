internal import EngineAPI

/// `--since` and `--until`: moments and durations as the API wants them.
enum TimeFlag {
  /// Seconds since 1970 with nanoseconds behind the point.
  static func unix(_ text: String) throws -> String {
    let moment = try Timestamp(option: text)
    guard moment.nanoseconds != 0 else { return "\(moment.seconds)" }
    let fraction = String(moment.nanoseconds)
    return "\(moment.seconds)." + String(repeating: "0", count: 9 - fraction.count) + fraction
  }
}
