import CLinux
import LinuxSystem
import OCI

/// Scheduler, I/O priority and execution domain of the program.
enum Scheduling {
  private static let policies: [String: UInt32] = [
    "SCHED_OTHER": 0, "SCHED_FIFO": 1, "SCHED_RR": 2, "SCHED_BATCH": 3, "SCHED_ISO": 4, "SCHED_IDLE": 5,
    "SCHED_DEADLINE": 6,
  ]
  private static let flags: [String: UInt64] = [
    "SCHED_FLAG_RESET_ON_FORK": 1, "SCHED_FLAG_RECLAIM": 2, "SCHED_FLAG_DL_OVERRUN": 4, "SCHED_FLAG_KEEP_POLICY": 8,
    "SCHED_FLAG_KEEP_PARAMS": 16, "SCHED_FLAG_UTIL_CLAMP_MIN": 32, "SCHED_FLAG_UTIL_CLAMP_MAX": 64,
  ]
  private static let ioClasses: [String: Int32] = [
    "IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3,
  ]

  static func apply(_ process: RuntimeProcess, personality: RuntimePersonality?) throws {
    func refuse(_ value: String, _ what: String) -> RuntimeError {
      RuntimeError(.invalidConfiguration, step: "scheduling", "\"\(value)\" is no \(what)")
    }
    if let scheduler = process.scheduler {
      guard let policy = policies[scheduler.policy] else { throw refuse(scheduler.policy, "scheduling policy") }
      var bits: UInt64 = 0
      for flag in scheduler.flags {
        guard let bit = flags[flag] else { throw refuse(flag, "scheduler flag") }
        bits |= bit
      }
      try check(
        cl_sched_setattr(
          policy, bits, scheduler.nice ?? 0, UInt32(bitPattern: scheduler.priority ?? 0), scheduler.runtime ?? 0,
          scheduler.deadline ?? 0, scheduler.period ?? 0), "set scheduler")
    }
    if let priority = process.ioPriority {
      guard let number = ioClasses[priority.class] else { throw refuse(priority.class, "I/O priority class") }
      try check(cl_ioprio_set(number, Int32(truncatingIfNeeded: priority.priority)), "set I/O priority")
    }
    if let personality {
      switch personality.domain {
      case "LINUX": try check(cl_personality(0), "personality")
      case "LINUX32": try check(cl_personality(8), "personality")
      default: throw refuse(personality.domain, "execution domain")
      }
    }
  }
}
