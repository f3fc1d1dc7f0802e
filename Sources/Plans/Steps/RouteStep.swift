public import JSON

/// A route in the main table: `{ route = "default", via = "10.1.0.1", site = "netns" }`.
public struct RouteStep: StepPayload {
  /// CIDR, or "default" (IPv4, or the family of `via`).
  public var destination: Field<String>
  public var via: Field<String>?
  public var link: Field<String>?
  public var metric: Int?

  public static let verb = "route"
  public static let sites: [Site] = [.host, .netns]

  public init(
    destination: Field<String>, via: Field<String>? = nil, link: Field<String>? = nil, metric: Int? = nil
  ) {
    self.destination = destination
    self.via = via
    self.link = link
    self.metric = metric
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    let text = try box.reader.text("route")
    if case .value("default") = text {
      destination = "default"
    } else {
      destination = try StepReader.required(try box.reader.network("route"), "route")
    }
    via = try box.reader.address("via")
    link = try box.reader.interface("link")
    metric = try box.reader.integer("metric", in: 0...Int(UInt32.max))
    if via == nil, link == nil { throw PlanError("a route goes via a gateway or out of a link", path: "via") }
  }

  public var fields: JSONObject {
    var object: JSONObject = ["route": destination.json]
    object["via"] = via?.json
    object["link"] = link?.json
    object["metric"] = metric.map { .integer(Int64($0)) }
    return object
  }

  public var subject: String { metric.map { "\(destination.shown) metric \($0)" } ?? destination.shown }
}
