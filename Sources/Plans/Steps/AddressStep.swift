public import JSON

/// An address on an interface: `{ address = "10.1.0.5/24", link = "eth0", site = "netns" }`.
public struct AddressStep: StepPayload {
  public var address: Field<String>
  public var link: Field<String>

  public static let verb = "address"
  public static let sites: [Site] = [.host, .netns]

  public init(address: Field<String>, link: Field<String>) {
    self.address = address
    self.link = link
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    address = try StepReader.required(try box.reader.network("address"), "address")
    link = try StepReader.required(try box.reader.interface("link"), "link")
  }

  public var fields: JSONObject { ["address": address.json, "link": link.json] }
  public var subject: String { "\(address.shown) \(link.shown)" }
}
