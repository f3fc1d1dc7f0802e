/// Sizes in bytes as people write them.
public enum ByteSize {
  /// Reads `512m`, `1.5g`, `64KiB`, `1024`: the units are powers of 1024 (go-units `RAMInBytes`).
  public static func parse(_ text: String) throws(InvalidValue) -> Int64 {
    let invalid = InvalidValue("invalid size: '\(text)'")
    let split = text.lastIndex { $0.isASCII && ($0.isNumber || $0 == "." || $0 == " ") }
    guard let split else { throw invalid }
    var digits = text[...split]
    let suffix = text[text.index(after: split)...].lowercased()
    if digits.last == " " { digits = digits.dropLast() }
    guard let first = digits.utf8.first, 48...57 ~= first, let value = Double(digits), value.isFinite else {
      throw invalid
    }
    var unit = suffix[...]
    if unit.hasSuffix("ib") { unit = unit.dropLast(2) } else if unit.hasSuffix("b") { unit = unit.dropLast() }
    let power: Int
    switch unit {
    case "": power = suffix == "ib" ? -1 : 0
    case "k": power = 1
    case "m": power = 2
    case "g": power = 3
    case "t": power = 4
    case "p": power = 5
    default: power = -1
    }
    guard power >= 0 else { throw invalid }
    let bytes = value * Double(Int64(1) << Int64(10 * power))
    guard bytes < 9.2e18 else { throw invalid }
    return Int64(bytes)
  }

  /// Writes `12.3MB` in powers of 1000 with four significant digits, as `docker images` does (go-units `HumanSize`).
  public static func decimal(_ bytes: Int64) -> String {
    format(Double(bytes), base: 1000, units: ["B", "kB", "MB", "GB", "TB", "PB", "EB"], precision: 4)
  }

  /// Writes `11.7MiB` in powers of 1024 with four significant digits, as `docker stats` does (go-units `BytesSize`).
  public static func binary(_ bytes: Int64) -> String {
    format(Double(bytes), base: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"], precision: 4)
  }

  private static func format(_ value: Double, base: Double, units: [String], precision: Int) -> String {
    var value = value
    var unit = 0
    while value >= base, unit < units.count - 1 {
      value /= base
      unit += 1
    }
    return significant(value, precision) + units[unit]
  }

  /// The number with at most so many significant digits and no zeros at its end (`%.4g` for 0 ≤ value < 1024).
  private static func significant(_ value: Double, _ precision: Int) -> String {
    var integerDigits = 1
    while value >= power(10, integerDigits) { integerDigits += 1 }
    let decimals = max(0, precision - integerDigits)
    let scale = power(10, decimals)
    let scaled = Int64((value * scale).rounded(.toNearestOrEven))
    var fraction = String(scaled % Int64(scale))
    fraction = String(repeating: "0", count: max(0, decimals - fraction.utf8.count)) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    let whole = String(scaled / Int64(scale))
    return decimals == 0 || fraction.isEmpty ? whole : "\(whole).\(fraction)"
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
