internal import EngineAPI
internal import EngineClient

/// Numbers and times as Docker shows them to people.
enum Human {
  /// `1.5GB`: thousands, four digits.
  static func size(_ bytes: Int64) -> String { ByteSize.decimal(bytes) }

  /// Three digits, as image sizes are shown.
  static func imageSize(_ bytes: Int64) -> String {
    var value = Double(bytes)
    var unit = 0
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    let decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2
    let scale = [1.0, 10, 100][decimals]
    let scaled = Int64((value * scale).rounded(.toNearestOrEven))
    let whole = scaled / Int64(scale)
    var fraction = decimals == 0 ? "" : String(scaled % Int64(scale))
    fraction = String(repeating: "0", count: decimals - fraction.count) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return (fraction.isEmpty ? "\(whole)" : "\(whole).\(fraction)") + units[unit]
  }

  /// `3 minutes ago`
  static func ago(seconds created: Int64) -> String {
    created <= 0 ? "N/A" : GoDuration.human(seconds: Timestamp.now().seconds - created) + " ago"
  }

  /// `2026-11-21 01:02:03 +0000 UTC`, Go's `Time.String`.
  static func goTime(seconds: Int64) -> String {
    let text = Timestamp(seconds: seconds).description
    return text.substituting("T", with: " ").dropLast() + " +0000 UTC"
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
