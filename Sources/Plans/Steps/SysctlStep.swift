public import JSON

/// A kernel setting: `{ sysctl = "net.ipv4.conf.br0.route_localnet", value = "1" }`.
///
/// A part that itself has dots (an interface `eth0.5`) is written with slashes between parts, as sysctl(8) does.
/// On undo the value that stood there before comes back, unless something else has changed it, or `keep` is set: for
/// settings that others come to rely on, such as `net.ipv4.ip_forward`.
public struct SysctlStep: StepPayload {
  public var key: Field<String>
  public var value: String
  public var keep: Bool

  public static let verb = "sysctl"
  public static let sites: [Site] = [.host, .netns]

  public init(key: Field<String>, value: String, keep: Bool = false) {
    self.key = key
    self.value = value
    self.keep = keep
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    key = try StepReader.required(
      try box.reader.checkedText("sysctl", "kernel setting such as \"net.ipv4.ip_forward\"") { key in
        !key.isEmpty && !key.hasPrefix("/") && !key.hasPrefix(".") && !key.contains("..") && !key.contains("//")
          && key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
      }, "sysctl")
    switch box.reader.value("value") {
    case .string(let text): value = text
    case .integer(let number): value = String(number)
    case .bool(let flag): value = flag ? "1" : "0"
    case nil: throw PlanError("is missing", path: "value")
    case let other?: throw PlanError("expected a string or an integer, not \(other.kind)", path: "value")
    }
    keep = try box.reader.flag("keep", default: false)
  }

  public var fields: JSONObject {
    var object: JSONObject = ["sysctl": key.json, "value": .string(value)]
    if keep { object["keep"] = true }
    return object
  }
  public var subject: String { key.shown }
}
