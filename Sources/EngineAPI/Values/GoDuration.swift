/// Durations in Go's form, which the API's options and filters use.
public enum GoDuration {
  /// Reads `1h30m`, `300ms`, `-1.5h`, `0` as nanoseconds.
  public static func parse(_ text: String) throws(InvalidValue) -> Int64 {
    let invalid = InvalidValue("time: invalid duration \"\(text)\"")
    var rest = Substring(text).utf8
    var sign = 1.0
    if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
      if first == UInt8(ascii: "-") { sign = -1 }
      rest = rest.dropFirst()
    }
    if rest.elementsEqual("0".utf8) { return 0 }
    guard !rest.isEmpty else { throw invalid }
    var total = 0.0
    while !rest.isEmpty {
      let number = rest.prefix { 48...57 ~= $0 || $0 == UInt8(ascii: ".") }
      rest = rest.dropFirst(number.count)
      let unit = rest.prefix { !(48...57 ~= $0) && $0 != UInt8(ascii: ".") }
      rest = rest.dropFirst(unit.count)
      let digits = String(Substring(number))
      guard number.contains(where: { 48...57 ~= $0 }),
        let value = Double(digits.hasPrefix(".") ? "0" + digits : digits.hasSuffix(".") ? digits + "0" : digits)
      else { throw invalid }
      switch String(Substring(unit)) {
      case "ns": total += value
      case "us", "µs", "μs": total += value * 1e3
      case "ms": total += value * 1e6
      case "s": total += value * 1e9
      case "m": total += value * 60e9
      case "h": total += value * 3600e9
      case "": throw InvalidValue("time: missing unit in duration \"\(text)\"")
      case let unknown: throw InvalidValue("time: unknown unit \"\(unknown)\" in duration \"\(text)\"")
      }
    }
    guard total < 9.2e18 else { throw invalid }
    return Int64(sign * total)
  }

  /// The age of something in words, as `docker ps` says it (go-units `HumanDuration`): `About an hour`, `3 weeks`.
  public static func human(seconds: Int64) -> String {
    let minutes = seconds / 60
    let hours = Int64((Double(seconds) / 3600).rounded())
    if seconds < 1 { return "Less than a second" }
    if seconds == 1 { return "1 second" }
    if seconds < 60 { return "\(seconds) seconds" }
    if minutes == 1 { return "About a minute" }
    if minutes < 60 { return "\(minutes) minutes" }
    if hours == 1 { return "About an hour" }
    if hours < 48 { return "\(hours) hours" }
    if hours < 24 * 7 * 2 { return "\(hours / 24) days" }
    if hours < 24 * 30 * 2 { return "\(hours / 24 / 7) weeks" }
    if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
    return "\(hours / 24 / 365) years"
  }
}
