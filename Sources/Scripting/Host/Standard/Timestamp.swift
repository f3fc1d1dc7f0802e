import Glibc

/// Points in time for scripts: seconds since 1970 in UTC.
enum Timestamp {
  /// RFC 3339: "2027-01-02T03:04:05.678Z", also with an offset; a date alone is its midnight in UTC.
  static func parse(_ text: String) -> Double? {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int? {
      guard range.upperBound <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[range] {
        guard (48...57).contains(byte) else { return nil }
        value = value * 10 + Int(byte - 48)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), bytes[4] == 45, bytes[7] == 45,
      (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    var seconds = Double(days(year, month, day)) * 86400
    if bytes.count == 10 { return seconds }
    guard bytes.count >= 20, bytes[10] | 32 == 116 || bytes[10] == 32, let hour = number(11..<13),
      let minute = number(14..<16), let second = number(17..<19), bytes[13] == 58, bytes[16] == 58, hour < 24,
      minute < 60,
      second <= 60
    else { return nil }
    seconds += Double(hour * 3600 + minute * 60 + second)
    var index = 19
    if bytes[index] == 46 {
      var scale = 0.1
      index += 1
      while index < bytes.count, (48...57).contains(bytes[index]) {
        seconds += Double(bytes[index] - 48) * scale
        scale /= 10
        index += 1
      }
    }
    guard index < bytes.count else { return nil }
    if bytes[index] | 32 == 122 { return index + 1 == bytes.count ? seconds : nil }
    guard bytes[index] == 43 || bytes[index] == 45, bytes.count == index + 6, let hours = number(index + 1..<index + 3),
      let minutes = number(index + 4..<index + 6)
    else { return nil }
    let offset = Double(hours * 3600 + minutes * 60)
    return bytes[index] == 43 ? seconds - offset : seconds + offset
  }

  /// With `strftime`'s %Y %m %d %H %M %S %j %a %b %s %%; RFC 3339 without a pattern. Nil for an unknown letter or a
  /// year beyond 9999.
  static func format(_ seconds: Double, _ pattern: String = "%Y-%m-%dT%H:%M:%SZ") -> String? {
    guard seconds.isFinite, seconds > -62_135_596_800, seconds < 253_402_300_800 else { return nil }
    var time = time_t(seconds.rounded(.down))
    var parts = tm()
    guard gmtime_r(&time, &parts) != nil else { return nil }
    func padded(_ value: Int32, _ width: Int = 2) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    var result = ""
    var letters = pattern.makeIterator()
    while let letter = letters.next() {
      guard letter == "%" else {
        result.append(letter)
        continue
      }
      switch letters.next() {
      case "Y": result += padded(parts.tm_year + 1900, 4)
      case "m": result += padded(parts.tm_mon + 1)
      case "d": result += padded(parts.tm_mday)
      case "H": result += padded(parts.tm_hour)
      case "M": result += padded(parts.tm_min)
      case "S": result += padded(parts.tm_sec)
      case "j": result += padded(parts.tm_yday + 1, 3)
      case "a": result += ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Int(parts.tm_wday)]
      case "b":
        result +=
          ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][
            Int(parts.tm_mon)]
      case "s": result += String(time)
      case "%": result += "%"
      default: return nil
      }
    }
    return result
  }

  /// Days since 1970-01-01 of a date of the Gregorian calendar.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
