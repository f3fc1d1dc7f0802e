/// Durations and sizes as people write them.
enum Units {
  private static let durations: [(unit: String, nanoseconds: Double)] = [
    ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12), ("d", 8.64e13),
    ("w", 6.048e14),
  ]
  private static let sizes: [(unit: String, bytes: Double)] = [
    ("", 1), ("b", 1), ("k", 1024), ("m", 1_048_576), ("g", 1_073_741_824), ("t", 1_099_511_627_776),
    ("kib", 1024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("tib", 1_099_511_627_776),
    ("kb", 1000), ("mb", 1_000_000), ("gb", 1_000_000_000), ("tb", 1_000_000_000_000),
  ]

  /// "1h30m", "250ms", "2d" in seconds; nil for anything else.
  static func seconds(_ text: String) -> Double? {
    var rest = Substring(text)
    var total = 0.0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard let number = Double(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { !($0.isNumber || $0 == ".") }
      guard let scale = durations.first(where: { $0.unit == unit })?.nanoseconds else { return nil }
      rest = rest.dropFirst(unit.count)
      total += number * scale
    }
    return total / 1e9
  }

  /// "90s" → "1m30s".
  static func text(seconds: Double) -> String {
    guard seconds.isFinite, abs(seconds) < 1e12 else { return "\(seconds)s" }
    if abs(seconds) < 1 { return seconds == 0 ? "0s" : "\(number(seconds * 1000))ms" }
    var text = seconds < 0 ? "-" : ""
    var whole = Int(abs(seconds))
    let fraction = abs(seconds) - Double(whole)
    for (unit, size) in [("d", 86400), ("h", 3600), ("m", 60)] where whole >= size {
      text += "\(whole / size)\(unit)"
      whole %= size
    }
    if whole > 0 || fraction > 0 { text += "\(number(Double(whole) + fraction))s" }
    return text
  }

  /// "10MiB", "64m", "1.5 GB", "1024" in bytes. The units with i, and the single letters as in `docker run`, count by
  /// 1024.
  static func size(_ text: String) -> Int64? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
    guard let number = Double(digits), let scale = sizes.first(where: { $0.unit == unit })?.bytes else { return nil }
    let bytes = (number * scale).rounded()
    return bytes < 9e18 ? Int64(bytes) : nil
  }

  /// 10485760 → "10MiB".
  static func text(bytes: Double) -> String {
    for (unit, size) in [("TiB", 1_099_511_627_776.0), ("GiB", 1_073_741_824), ("MiB", 1_048_576), ("KiB", 1024)]
    where abs(bytes) >= size {
      return number((bytes / size * 10).rounded() / 10) + unit
    }
    return number(bytes) + "B"
  }

  private static func number(_ value: Double) -> String {
    if let integer = Int64(exactly: value) { return "\(integer)" }
    return "\((value * 1000).rounded() / 1000)"
  }

  static func duration(_ text: String, _ place: String) throws(ScriptError) -> Duration {
    guard let seconds = seconds(text), seconds > 0, seconds < 1e9 else {
      throw ScriptError("\(place): '\(text)' is no duration such as 50ms, 1s, 5m")
    }
    return .nanoseconds(Int64(seconds * 1e9))
  }

  static func bytes(_ text: String, _ place: String) throws(ScriptError) -> Int {
    guard let size = size(text), size > 0 else {
      throw ScriptError("\(place): '\(text)' is no size such as 64MiB, 1GB")
    }
    return Int(size)
  }
}
