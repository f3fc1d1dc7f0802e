import LinuxSystem

/// `oom_score_adj`, early: the creator's own (a shim has −999) would protect the container from the OOM killer.
enum OOMScore {
  static func apply(_ score: Int?, _ host: borrowing HostHandles) throws(SystemError) {
    guard let score else { return }
    try HostHandles.writeProcFile("self/oom_score_adj", String(score), in: host.proc.rawValue)
  }
}
