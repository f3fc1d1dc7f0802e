public import JSON

/// A name that the engine serves to the containers of the network: `{ dns = "web", addresses = { "10.1.0.5" } }`.
public struct DNSStep: StepPayload {
  public var name: String
  public var addresses: [String]

  public static let verb = "dns"

  public init(name: String, addresses: [String]) {
    self.name = name
    self.addresses = addresses
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    name = try StepReader.required(try box.reader.string("dns"), "dns")
    addresses = try StepReader.required(try box.reader.texts("addresses"), "addresses")
  }

  public var fields: JSONObject {
    ["dns": .string(name), "addresses": .array(addresses.map { .string($0) })]
  }
  public var subject: String { "\(name) \(addresses.joined(separator: ","))" }
}
