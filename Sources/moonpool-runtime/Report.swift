import CLinux
import JSON
import LinuxSystem

/// Errors and warnings: on standard error, and in the file of `--log` for whoever called us.
enum Report {
  // Written once, in main, before anything else; this program has one thread.
  nonisolated(unsafe) static var log: String?
  nonisolated(unsafe) static var isJSON = false

  static func warning(_ message: String) { write("warning", message) }
  static func error(_ message: String) { write("error", message) }

  private static func write(_ level: String, _ message: String) {
    try? OwnedDescriptor.writeAll(Array("moonpool-runtime: \(message)\n".utf8), to: 2)
    guard let log, let file = try? OwnedDescriptor.open(log, [.writeOnly, .create, .append], mode: 0o644) else {
      return
    }
    let line: [UInt8]
    if isJSON {
      line = JSON.write(.object(["level": .string(level), "msg": .string(message), "time": .string(timestamp())]))
    } else {
      line = Array("time=\"\(timestamp())\" level=\(level) msg=\"\(message)\"".utf8)
    }
    try? file.writeAll(line + [UInt8(ascii: "\n")])
  }

  /// RFC 3339, UTC.
  private static func timestamp() -> String {
    var seconds: Int64 = 0
    var nanoseconds: Int64 = 0
    cl_realtime(&seconds, &nanoseconds)
    // Days to civil date (Howard Hinnant, chrono-compatible low-level date algorithms).
    let days = seconds / 86400 + 719_468
    let era = days / 146_097
    let dayOfEra = days - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shifted + 2) / 5 + 1
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func pad(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let second = seconds % 86400
    return
      "\(year)-\(pad(month))-\(pad(day))T\(pad(second / 3600)):\(pad(second / 60 % 60)):\(pad(second % 60))Z"
  }
}
