import Glibc

/// A moment: seconds and nanoseconds since 1970 in UTC. Written in RFC 3339 with up to nine digits of a second.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var seconds: Int64
  /// 0 to 999,999,999.
  public var nanoseconds: Int32

  public init(seconds: Int64, nanoseconds: Int32 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  public init(nanosecondsSince1970 total: Int64) {
    let (quotient, remainder) = total.quotientAndRemainder(dividingBy: 1_000_000_000)
    self.init(
      seconds: remainder < 0 ? quotient - 1 : quotient, nanoseconds: Int32((remainder + 1_000_000_000) % 1_000_000_000))
  }

  /// Go's zero time, which the API shows where something never happened.
  public static let zero = Timestamp(seconds: -62_135_596_800)

  public static func now() -> Timestamp {
    var value = timespec()
    clock_gettime(CLOCK_REALTIME, &value)
    return Timestamp(seconds: Int64(value.tv_sec), nanoseconds: Int32(value.tv_nsec))
  }

  public var nanosecondsSince1970: Int64 { seconds &* 1_000_000_000 &+ Int64(nanoseconds) }

  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  /// `2026-03-01T12:00:00.123456789Z`; zeros at the end of the fraction are left out (Go's `RFC3339Nano`).
  public var description: String {
    var text = Self.dateAndTime(seconds)
    if nanoseconds != 0 {
      var fraction = String(nanoseconds)
      fraction = String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
      while fraction.hasSuffix("0") { fraction.removeLast() }
      text += "." + fraction
    }
    return text + "Z"
  }

  /// The same with all nine digits, as log lines show it.
  public var fixedWidth: String {
    let fraction = String(nanoseconds)
    return Self.dateAndTime(seconds) + "." + String(repeating: "0", count: 9 - fraction.utf8.count) + fraction + "Z"
  }

  private static func dateAndTime(_ seconds: Int64) -> String {
    let day = seconds >= 0 ? seconds / 86400 : (seconds - 86399) / 86400
    let time = seconds - day * 86400
    let (year, month, date) = civil(day)
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let years = String(repeating: "0", count: max(0, 4 - String(year).utf8.count)) + String(year)
    return "\(years)-\(two(month))-\(two(date))T\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60))"
  }

  /// Reads an RFC 3339 date and time with any fraction and offset.
  public init?(rfc3339 text: some StringProtocol) {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int64? {
      guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ 48...57 ~= $0 }) else { return nil }
      return bytes[range].reduce(0) { $0 * 10 + Int64($1 - 48) }
    }
    guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]), bytes[13] == UInt8(ascii: ":"),
      bytes[16] == UInt8(ascii: ":"), let year = number(0..<4), let month = number(5..<7), 1...12 ~= month,
      let date = number(8..<10), 1...31 ~= date, let hour = number(11..<13), hour < 24, let minute = number(14..<16),
      minute < 60, let second = number(17..<19), second <= 60
    else { return nil }
    var index = 19
    var nanoseconds: Int32 = 0
    if bytes[index] == UInt8(ascii: ".") {
      let digits = bytes[(index + 1)...].prefix { 48...57 ~= $0 }
      guard !digits.isEmpty else { return nil }
      for position in 0..<9 {
        nanoseconds =
          nanoseconds * 10 + (position < digits.count ? Int32(digits[digits.startIndex + position] - 48) : 0)
      }
      index += 1 + digits.count
    }
    var offset: Int64 = 0
    guard index < bytes.count else { return nil }
    switch bytes[index] {
    case UInt8(ascii: "Z"), UInt8(ascii: "z"):
      guard index + 1 == bytes.count else { return nil }
    case UInt8(ascii: "+"), UInt8(ascii: "-"):
      guard bytes.count == index + 6, bytes[index + 3] == UInt8(ascii: ":"), let hours = number(index + 1..<index + 3),
        let minutes = number(index + 4..<index + 6)
      else { return nil }
      offset = (hours * 60 + minutes) * 60 * (bytes[index] == UInt8(ascii: "-") ? -1 : 1)
    default: return nil
    }
    let day = Self.days(year, month, date)
    self.init(seconds: day * 86400 + hour * 3600 + minute * 60 + second - offset, nanoseconds: nanoseconds)
  }

  /// Reads what `since` and `until` may be: seconds since 1970 with a fraction, RFC 3339 (also a date or a time
  /// without zone), or a Go duration before `now`.
  public init(option text: String, now: Timestamp = .now()) throws(InvalidValue) {
    if let moment = Timestamp(unix: text) ?? Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "Z")
      ?? Timestamp(rfc3339: text + ":00Z") ?? Timestamp(rfc3339: text + "T00:00:00Z")
    {
      self = moment
      return
    }
    guard let age = try? GoDuration.parse(text) else {
      throw InvalidValue("failed to parse value as time or duration: \"\(text)\"")
    }
    self.init(nanosecondsSince1970: now.nanosecondsSince1970 - age)
  }

  /// Reads `1700000000` or `1700000000.000000123`.
  public init?(unix text: some StringProtocol) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let seconds = Int64(parts[0]) else { return nil }
    var nanoseconds: Int32 = 0
    if parts.count == 2 {
      guard parts[1].utf8.allSatisfy({ 48...57 ~= $0 }), parts[1].utf8.count <= 9 else { return nil }
      nanoseconds = Int32(parts[1] + String(repeating: "0", count: 9 - parts[1].utf8.count)) ?? 0
    }
    self.init(seconds: seconds, nanoseconds: nanoseconds)
  }

  /// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, and back: H. Hinnant, "chrono-Compatible
  /// Low-Level Date Algorithms".
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
