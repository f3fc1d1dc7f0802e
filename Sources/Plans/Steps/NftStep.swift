public import JSON

/// A table of nftables with all that is in it: `{ nft = "ip mp_ab12", text = "chain forward { … }" }`.
///
/// The text is what stands between the table's braces. The table is ours alone: its comment carries the owner.
public struct NftStep: StepPayload {
  public var table: NftTableName
  public var text: String

  public static let verb = "nft"

  public init(table: NftTableName, text: String) {
    self.table = table
    self.text = text
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    let name = try StepReader.required(try box.reader.string("nft"), "nft")
    let parts = name.split(separator: " ").map(String.init)
    guard parts.count == 2, let table = NftTableName(family: parts[0], name: parts[1]) else {
      throw PlanError("\"\(name)\" is no \"FAMILY TABLE\" such as \"ip mp_ab12\"", path: "nft")
    }
    self.table = table
    text = try StepReader.required(try box.reader.string("text"), "text")
    if let reason = Self.escape(text) { throw PlanError(reason, path: "text") }
  }

  /// Why the text would reach outside the table's braces; nil when it stays inside.
  static func escape(_ text: String) -> String? {
    var depth = 0
    var quoted = false
    var comment = false
    for scalar in text.unicodeScalars {
      if scalar == "\0" { return "holds a NUL byte" }
      if comment {
        comment = scalar != "\n"
        continue
      }
      if quoted {
        quoted = scalar != "\""
        continue
      }
      switch scalar {
      case "\"": quoted = true
      case "#": comment = true
      case "{": depth += 1
      case "}": depth -= 1
      default: break
      }
      if depth < 0 { return "closes a brace that it did not open" }
    }
    if depth != 0 || quoted { return "leaves a brace or a quote open" }
    let words = text.split { $0.isWhitespace || $0 == ";" || $0 == "{" || $0 == "}" }
    return words.contains("include") ? "must not include files" : nil
  }

  public var fields: JSONObject { ["nft": .string("\(table)"), "text": .string(text)] }
  public var subject: String { "\(table)" }
}

/// A table's name with its family.
public struct NftTableName: Sendable, Hashable, CustomStringConvertible {
  public static let families = ["ip", "ip6", "inet", "arp", "bridge", "netdev"]

  public let family: String
  public let name: String

  /// Nil for an unknown family, or a name that is no nft identifier of at most 255 bytes.
  public init?(family: String, name: String) {
    guard Self.families.contains(family), Self.isIdentifier(name) else { return nil }
    self.family = family
    self.name = name
  }

  /// Letters, digits, `_`, `-`, `.`; begins with a letter or `_`. (nft's scanner, `string` without quoting.)
  public static func isIdentifier(_ name: String) -> Bool {
    guard let first = name.utf8.first, name.utf8.count < 256 else { return false }
    let isLetter = { (byte: UInt8) in byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte == 0x5F }
    return isLetter(first)
      && name.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E }
  }

  public var description: String { "\(family) \(name)" }
}
