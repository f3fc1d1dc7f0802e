import EngineAPI

/// Whether and when a container that ended is started again: Docker's rules, as a pure function.
enum RestartDecision {
  /// The delay before the next start, or nil to leave it ended.
  ///
  /// - Parameters:
  ///   - requested: a stop or kill ended it.
  ///   - count: restarts in a row so far.
  ///   - ranFor: seconds of the run that ended; ten and more begin the back-off anew.
  static func delay(
    policy: RestartPolicy?, exitCode: Int32, requested: Bool, count: Int, ranFor: Double
  ) -> Duration? {
    guard !requested, let policy else { return nil }
    switch policy.name {
    case "always", "unless-stopped": break
    case "on-failure":
      guard exitCode != 0 else { return nil }
      guard policy.maximumRetryCount == 0 || count < policy.maximumRetryCount else { return nil }
    default: return nil
    }
    return backOff(count: ranFor >= 10 ? 0 : count)
  }

  /// 100 ms, doubled with every restart, one minute at most.
  static func backOff(count: Int) -> Duration {
    .milliseconds(min(100 << min(count, 10), 60_000))
  }

  /// Whether a container is started when the daemon comes up.
  static func startsAtBoot(policy: RestartPolicy?, stoppedByUser: Bool, hasRun: Bool) -> Bool {
    guard hasRun else { return false }
    return switch policy?.name {
    case "always": true
    case "unless-stopped", "on-failure": !stoppedByUser
    default: false
    }
  }
}
