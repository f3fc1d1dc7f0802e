public import JSON

/// A permanent neighbour: `{ neighbour = "10.1.0.5", mac = "02:42:0a:01:00:05", link = "vx0" }`.
public struct NeighbourStep: StepPayload {
  public var address: Field<String>
  public var mac: Field<String>
  public var link: Field<String>

  public static let verb = "neighbour"
  public static let sites: [Site] = [.host, .netns]

  public init(address: Field<String>, mac: Field<String>, link: Field<String>) {
    self.address = address
    self.mac = mac
    self.link = link
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    address = try StepReader.required(try box.reader.address("neighbour"), "neighbour")
    mac = try StepReader.required(try box.reader.mac("mac"), "mac")
    link = try StepReader.required(try box.reader.interface("link"), "link")
  }

  public var fields: JSONObject { ["neighbour": address.json, "mac": mac.json, "link": link.json] }
  public var subject: String { "\(address.shown) \(link.shown)" }
}
