import Cgroups
import EngineAPI
import Glibc
import LinuxSystem

/// The processes of a cgroup, read from /proc in the columns of `ps -ef`.
enum ProcessTable {
  static let titles = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]

  static func read(cgroup path: String) throws -> ContainerTop {
    let cgroup = Cgroup(path, in: try CgroupLayout.discover())
    let processes = cgroup.allProcesses().sorted().compactMap(row)
    return ContainerTop(titles: titles, processes: processes)
  }

  private static func row(_ pid: Int32) -> [String]? {
    guard let stat = try? File.readText("/proc/\(pid)/stat"), let close = stat.lastIndex(of: ")"),
      let status = try? FileStatus.of("/proc/\(pid)")
    else { return nil }
    // The fields after the name, which may itself contain spaces and parentheses (proc(5)).
    let fields = stat[stat.index(after: close)...].split(separator: " ")
    guard fields.count > 19 else { return nil }
    let ticks = Int64(sysconf(Int32(_SC_CLK_TCK)))
    let used = ((Int64(fields[11]) ?? 0) + (Int64(fields[12]) ?? 0)) / ticks
    return [
      user(status.uid), "\(pid)", String(fields[1]), "0", startTime(Int64(fields[19]) ?? 0, ticks),
      terminal(Int(fields[4]) ?? 0), clock(used), command(pid, stat, close),
    ]
  }

  private static func user(_ uid: UInt32) -> String {
    guard uid == 0 else { return "\(uid)" }
    return "root"
  }

  private static func terminal(_ number: Int) -> String {
    let major = number >> 8 & 0xFFF
    return number == 0 ? "?" : major == 136 ? "pts/\(number & 0xFF)" : "?"
  }

  private static func clock(_ seconds: Int64) -> String {
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
  }

  private static func startTime(_ ticksSinceBoot: Int64, _ ticks: Int64) -> String {
    var boot = timespec()
    clock_gettime(CLOCK_BOOTTIME, &boot)
    let started = Timestamp.now().seconds - Int64(boot.tv_sec) + ticksSinceBoot / ticks
    let text = Timestamp(seconds: started).description
    return String(text.dropFirst(11).prefix(5))
  }

  private static func command(_ pid: Int32, _ stat: String, _ close: String.Index) -> String {
    let line = (try? File.read("/proc/\(pid)/cmdline")) ?? []
    let text = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    guard text.isEmpty, let open = stat.firstIndex(of: "(") else { return text }
    return "[\(stat[stat.index(after: open)..<close])]"
  }
}
