internal import EngineAPI

/// Numbers and times as Docker shows them to people.
enum Human {
  /// `1.5GB`: thousands, four digits.
  static func size(_ bytes: Int64) -> String { ByteSize.decimal(bytes) }

  /// Three digits, as image sizes are shown.
  static func imageSize(_ bytes: Int64) -> String {
    let text = ByteSize.decimal(bytes)
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = text[digits.endIndex...]
    guard let dot = digits.firstIndex(of: "."), digits.count > 4 else { return text }
    let whole = digits[..<dot]
    // Round the fourth digit away.
    let decimals = max(0, 3 - whole.count)
    let scale = (0..<decimals).reduce(1.0) { value, _ in value * 10 }
    guard let number = Double(digits) else { return text }
    let scaled = Int64((number * scale).rounded())
    let integer = scaled / Int64(scale)
    guard decimals > 0 else { return "\(integer)\(unit)" }
    var fraction = String(scaled % Int64(scale))
    fraction = String(repeating: "0", count: decimals - fraction.count) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return fraction.isEmpty ? "\(integer)\(unit)" : "\(integer).\(fraction)\(unit)"
  }

  /// `3 minutes ago`
  static func ago(seconds created: Int64) -> String {
    created <= 0 ? "N/A" : GoDuration.human(seconds: Timestamp.now().seconds - created) + " ago"
  }

  /// `2026-11-21 01:02:03 +0000 UTC`, Go's `Time.String`.
  static func goTime(seconds: Int64) -> String {
    let text = Timestamp(seconds: seconds).description
    return text.replacing("T", with: " ").dropLast() + " +0000 UTC"
  }

  static func shortID(_ id: String) -> String {
    let bare = id.hasPrefix("sha256:") ? id.dropFirst(7) : id[...]
    return String(bare.prefix(12))
  }

  /// At most `limit` characters, the last being `…`.
  static func ellipsis(_ text: String, _ limit: Int) -> String {
    text.count <= limit ? text : String(text.prefix(limit - 1)) + "…"
  }
}
