public import JSON

/// One element of a set or map: `{ nft_element = "ip mp_ab12 peers", value = { "10.1.0.5" } }`; of a map with
/// `data = { "10.1.0.5", 80 }`.
///
/// `value` and `data` are the parts of a concatenation, in order: addresses and interface names as strings, ports and
/// marks as integers or as strings, protocols by name. Types are those that the set declares.
public struct NftElementStep: StepPayload {
  public var table: NftTableName
  public var set: String
  public var value: [JSONValue]
  public var data: [JSONValue]?

  public static let verb = "nft_element"

  public init(table: NftTableName, set: String, value: [JSONValue], data: [JSONValue]? = nil) {
    self.table = table
    self.set = set
    self.value = value
    self.data = data
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    let name = try StepReader.required(try box.reader.string("nft_element"), "nft_element")
    let parts = name.split(separator: " ").map(String.init)
    guard parts.count == 3, let table = NftTableName(family: parts[0], name: parts[1]),
      NftTableName.isIdentifier(parts[2])
    else { throw PlanError("\"\(name)\" is no \"FAMILY TABLE SET\"", path: "nft_element") }
    self.table = table
    set = parts[2]
    value = try StepReader.required(try box.reader.list("value"), "value")
    data = try box.reader.list("data")
    try Self.check(value, "value")
    if let data { try Self.check(data, "data") }
  }

  private static func check(_ parts: [JSONValue], _ path: String) throws(PlanError) {
    if parts.isEmpty { throw PlanError("is empty", path: path) }
    for (offset, part) in parts.enumerated() {
      switch part {
      case .string, .integer: continue
      default:
        if Reference.read(part) != nil { continue }
        throw PlanError("expected a string or an integer, not \(part.kind)", path: "\(path)[\(offset)]")
      }
    }
  }

  public var fields: JSONObject {
    var object: JSONObject = ["nft_element": .string("\(table) \(set)"), "value": .array(value)]
    object["data"] = data.map { .array($0) }
    return object
  }

  public var subject: String { "\(table) \(set) \(JSON.text(.array(value)))" }
}
