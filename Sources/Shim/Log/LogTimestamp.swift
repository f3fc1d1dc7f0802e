internal import CLinux

/// Times as Docker's logs have them: RFC 3339, UTC, nanoseconds without trailing zeros.
struct LogTimestamp {
  private var second = Int64.min
  private var prefix: [UInt8] = []

  /// Now, nanoseconds since 1970.
  static func now() -> Int64 {
    var seconds: Int64 = 0
    var nanoseconds: Int64 = 0
    cl_realtime(&seconds, &nanoseconds)
    return seconds * 1_000_000_000 + nanoseconds
  }

  /// `2026-11-21T01:04:04.12Z`
  mutating func format(_ nanoseconds: Int64) -> [UInt8] {
    let (seconds, fraction) = nanoseconds.floored(by: 1_000_000_000)
    if seconds != second {
      second = seconds
      prefix = Self.date(seconds)
    }
    var bytes = prefix
    if fraction > 0 {
      var digits = [UInt8](repeating: 0, count: 9)
      var rest = fraction
      for index in stride(from: 8, through: 0, by: -1) {
        digits[index] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      }
      while digits.last == UInt8(ascii: "0") { digits.removeLast() }
      bytes.append(UInt8(ascii: "."))
      bytes += digits
    }
    bytes.append(UInt8(ascii: "Z"))
    return bytes
  }

  private static func date(_ seconds: Int64) -> [UInt8] {
    let (days, time) = seconds.floored(by: 86_400)
    // Days to year, month, day in the proleptic Gregorian calendar: years begin in March, 400 years are an era.
    let shifted = days + 719_468
    let (era, dayOfEra) = shifted.floored(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func padded(_ number: Int64, _ width: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let text =
      "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(padded(time / 3600, 2)):"
      + "\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2))"
    return Array(text.utf8)
  }
}

extension Int64 {
  fileprivate func floored(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
