public import JSON

/// A permanent entry of a bridge's or vxlan's forwarding table:
/// `{ fdb = "02:42:0a:01:00:05", link = "vx0", to = "192.0.2.7" }`.
public struct FDBStep: StepPayload {
  public var mac: Field<String>
  public var link: Field<String>
  /// The far end of a vxlan; nil for a bridge port.
  public var to: Field<String>?

  public static let verb = "fdb"
  public static let sites: [Site] = [.host, .netns]

  public init(mac: Field<String>, link: Field<String>, to: Field<String>? = nil) {
    self.mac = mac
    self.link = link
    self.to = to
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    mac = try StepReader.required(try box.reader.mac("fdb"), "fdb")
    link = try StepReader.required(try box.reader.interface("link"), "link")
    to = try box.reader.address("to")
  }

  public var fields: JSONObject {
    var object: JSONObject = ["fdb": mac.json, "link": link.json]
    object["to"] = to?.json
    return object
  }
  public var subject: String { "\(mac.shown) \(link.shown)" + (to.map { " \($0.shown)" } ?? "") }
}
