internal import LinuxSystem

/// What a group uses; nil and empty where a controller is not there.
public struct CgroupStatistics: Sendable, Hashable {
  public struct CPU: Sendable, Hashable {
    /// Nanoseconds.
    public var total: UInt64 = 0
    public var user: UInt64 = 0
    public var system: UInt64 = 0
    /// Nanoseconds for each CPU (v1).
    public var perCPU: [UInt64] = []
    public var periods: UInt64 = 0
    public var throttledPeriods: UInt64 = 0
    /// Nanoseconds.
    public var throttledTime: UInt64 = 0
  }

  public struct Memory: Sendable, Hashable {
    /// Bytes, page cache included.
    public var usage: UInt64 = 0
    public var maximumUsage: UInt64 = 0
    /// Bytes; nil: unlimited.
    public var limit: UInt64?
    public var failures: UInt64 = 0
    /// The kernel's own names (`memory.stat`).
    public var details: [String: UInt64] = [:]
  }

  public struct Pids: Sendable, Hashable {
    public var current: UInt64 = 0
    public var limit: UInt64?
  }

  /// One counter of one block device.
  public struct BlockEntry: Sendable, Hashable {
    public var major: UInt64
    public var minor: UInt64
    /// Docker's names: `read`, `write`.
    public var operation: String
    public var value: UInt64
  }

  public var version = 2
  public var cpu: CPU?
  public var memory: Memory?
  public var pids: Pids?
  public var blockBytes: [BlockEntry] = []
  public var blockOperations: [BlockEntry] = []
}

extension Cgroup {
  /// Reads every controller's counters. Throws only when the group does not exist.
  public func statistics() throws(CgroupError) -> CgroupStatistics {
    if let directory = directories.first, !CgroupFile.exists(directory) {
      throw CgroupError("the cgroup", directory, Errno.noEntry.rawValue)
    }
    var statistics = CgroupStatistics()
    if layout.isV2, let directory = unifiedDirectory {
      readV2(directory, into: &statistics)
    } else {
      statistics.version = 1
      readV1(into: &statistics)
    }
    if let directory = directory(of: "pids"), let current = CgroupFile.number(directory + "/pids.current") {
      statistics.pids = .init(current: current, limit: CgroupFile.number(directory + "/pids.max"))
    }
    return statistics
  }

  private func readV2(_ directory: String, into statistics: inout CgroupStatistics) {
    if let text = try? CgroupFile.read(directory + "/cpu.stat") {
      let values = CgroupFile.values(in: text)
      statistics.cpu = .init(
        total: (values["usage_usec"] ?? 0) * 1000, user: (values["user_usec"] ?? 0) * 1000,
        system: (values["system_usec"] ?? 0) * 1000, periods: values["nr_periods"] ?? 0,
        throttledPeriods: values["nr_throttled"] ?? 0, throttledTime: (values["throttled_usec"] ?? 0) * 1000)
    }
    if let usage = CgroupFile.number(directory + "/memory.current") {
      statistics.memory = .init(
        usage: usage, maximumUsage: CgroupFile.number(directory + "/memory.peak") ?? 0,
        limit: CgroupFile.number(directory + "/memory.max"),
        failures: (try? CgroupFile.read(directory + "/memory.events"))
          .flatMap { CgroupFile.value("max", in: $0) } ?? 0,
        details: (try? CgroupFile.read(directory + "/memory.stat")).map { CgroupFile.values(in: $0) } ?? [:])
    }
    // "8:0 rbytes=1 wbytes=2 rios=3 wios=4 …"
    for line in ((try? CgroupFile.read(directory + "/io.stat")) ?? "").split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard let device = fields.first, let (major, minor) = Self.device(device) else { continue }
      for field in fields.dropFirst() {
        let pair = field.split(separator: "=")
        guard pair.count == 2, let value = UInt64(pair[1]) else { continue }
        let entry = { (operation: String) in
          CgroupStatistics.BlockEntry(major: major, minor: minor, operation: operation, value: value)
        }
        switch pair[0] {
        case "rbytes": statistics.blockBytes.append(entry("read"))
        case "wbytes": statistics.blockBytes.append(entry("write"))
        case "rios": statistics.blockOperations.append(entry("read"))
        case "wios": statistics.blockOperations.append(entry("write"))
        default: continue
        }
      }
    }
  }

  private func readV1(into statistics: inout CgroupStatistics) {
    if let directory = directory(of: "cpuacct"), let total = CgroupFile.number(directory + "/cpuacct.usage") {
      var cpu = CgroupStatistics.CPU(total: total)
      // cpuacct.stat counts in ticks of USER_HZ, 100 a second everywhere.
      let ticks = (try? CgroupFile.read(directory + "/cpuacct.stat")).map { CgroupFile.values(in: $0) } ?? [:]
      cpu.user = (ticks["user"] ?? 0) * 10_000_000
      cpu.system = (ticks["system"] ?? 0) * 10_000_000
      cpu.perCPU = ((try? CgroupFile.read(directory + "/cpuacct.usage_percpu")) ?? "")
        .split(whereSeparator: \.isWhitespace).compactMap { UInt64($0) }
      if let scheduler = self.directory(of: "cpu"), let text = try? CgroupFile.read(scheduler + "/cpu.stat") {
        let values = CgroupFile.values(in: text)
        cpu.periods = values["nr_periods"] ?? 0
        cpu.throttledPeriods = values["nr_throttled"] ?? 0
        cpu.throttledTime = values["throttled_time"] ?? 0
      }
      statistics.cpu = cpu
    }
    if let directory = directory(of: "memory"), let usage = CgroupFile.number(directory + "/memory.usage_in_bytes") {
      let limit = CgroupFile.number(directory + "/memory.limit_in_bytes")
      // Unlimited reads as the largest number of whole pages.
      let unlimited: UInt64 = 0x7FFF_FFFF_FFFF_0000
      statistics.memory = .init(
        usage: usage, maximumUsage: CgroupFile.number(directory + "/memory.max_usage_in_bytes") ?? 0,
        limit: limit.flatMap { $0 >= unlimited ? nil : $0 },
        failures: CgroupFile.number(directory + "/memory.failcnt") ?? 0,
        details: (try? CgroupFile.read(directory + "/memory.stat")).map { CgroupFile.values(in: $0) } ?? [:])
    }
    guard let directory = directory(of: "blkio") else { return }
    statistics.blockBytes = Self.blockEntries(directory + "/blkio.throttle.io_service_bytes_recursive")
    statistics.blockOperations = Self.blockEntries(directory + "/blkio.throttle.io_serviced_recursive")
  }

  /// Lines as "8:0 Read 4096".
  private static func blockEntries(_ file: String) -> [CgroupStatistics.BlockEntry] {
    ((try? CgroupFile.read(file)) ?? "").split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count == 3, fields[1] == "Read" || fields[1] == "Write", let value = UInt64(fields[2]),
        let (major, minor) = device(fields[0])
      else { return nil }
      return .init(major: major, minor: minor, operation: fields[1].lowercased(), value: value)
    }
  }

  private static func device(_ text: Substring) -> (UInt64, UInt64)? {
    let numbers = text.split(separator: ":").compactMap { UInt64($0) }
    return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
  }
}
