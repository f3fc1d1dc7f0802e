internal import EngineAPI

/// One option of a command, as a row of its table: parsing, validation and help all come from it.
struct Flag: Sendable {
  enum Kind: Sendable {
    case bool
    case string
    /// May be given several times.
    case list
    case int
    case decimal
    /// A size with a unit: `512m`.
    case bytes
    /// A Go duration: `1m30s`.
    case duration

    /// What help shows for the value.
    var placeholder: String {
      switch self {
      case .bool: ""
      case .string: "string"
      case .list: "list"
      case .int: "int"
      case .decimal: "decimal"
      case .bytes: "bytes"
      case .duration: "duration"
      }
    }
  }

  var name: String
  var short: Character?
  var kind: Kind
  var initial: String
  var usage: String
  /// Other names that mean the same and stand in no help: `--net` for `--network`.
  var aliases: [String] = []

  init(
    _ name: String, _ short: Character? = nil, _ kind: Kind, _ usage: String, initial: String = "",
    aliases: [String] = []
  ) {
    self.name = name
    self.short = short
    self.kind = kind
    self.initial = initial
    self.usage = usage
    self.aliases = aliases
  }

  /// `-m, --memory`, as error messages name it.
  var title: String { short.map { "-\($0), --\(name)" } ?? "--\(name)" }

  /// Why `value` is none of this kind; nil when it is one.
  func complaint(about value: String) -> String? {
    switch kind {
    case .string, .list: nil
    case .bool:
      Self.bool(value) == nil ? "strconv.ParseBool: parsing \"\(value)\": invalid syntax" : nil
    case .int:
      Int64(value) == nil ? "strconv.ParseInt: parsing \"\(value)\": invalid syntax" : nil
    case .decimal:
      Self.nanoCPUs(value) == nil ? "failed to parse \(value) as a rational number" : nil
    case .bytes:
      if value == "-1" { nil } else { Self.message { _ = try ByteSize.parse(value) } }
    case .duration: Self.message { _ = try GoDuration.parse(value) }
    }
  }

  private static func message(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// Go's strconv.ParseBool.
  static func bool(_ text: String) -> Bool? {
    switch text {
    case "1", "t", "T", "true", "TRUE", "True": true
    case "0", "f", "F", "false", "FALSE", "False": false
    default: nil
    }
  }

  /// Billionths of a CPU in a decimal number; more than nine places are refused, as in Docker.
  static func nanoCPUs(_ text: String) -> Int64? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : ""
    guard fraction.utf8.count <= 9, (parts[0] + fraction).utf8.allSatisfy({ 48...57 ~= $0 }),
      !(parts[0] + fraction).isEmpty, let whole = parts[0].isEmpty ? 0 : Int64(parts[0]), whole < 1_000_000,
      let rest = Int64(fraction + String(repeating: "0", count: 9 - fraction.utf8.count))
    else { return nil }
    return whole * 1_000_000_000 + rest
  }
}
