public import JSON

/// A port of the host, reserved by a bound socket that the container's shim keeps:
/// `{ port = 8080, protocol = "tcp", address = "0.0.0.0" }`.
///
/// 0 is a free port of the kernel's choice, `last` the end of a range from which the first free one is taken. The
/// result has `port`, `address`, `protocol`.
public struct PortStep: StepPayload {
  public enum Transport: String, Sendable, Hashable, CaseIterable { case tcp, udp, sctp }

  public var port: Int
  public var last: Int?
  public var transport: Transport
  public var address: Field<String>

  public static let verb = "port"
  public static let results = ["port", "address", "protocol"]

  public init(port: Int, last: Int? = nil, transport: Transport = .tcp, address: Field<String> = "0.0.0.0") {
    self.port = port
    self.last = last
    self.transport = transport
    self.address = address
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    port = try StepReader.required(try box.reader.integer("port", in: 0...65535), "port")
    last = try box.reader.integer("last", in: 1...65535)
    transport = try box.reader.choice("protocol", Transport.self) ?? .tcp
    address = try box.reader.address("address") ?? "0.0.0.0"
    if let last, last < port || port == 0 { throw PlanError("comes after the first port", path: "last") }
  }

  public var fields: JSONObject {
    var object: JSONObject = ["port": .integer(Int64(port))]
    object["last"] = last.map { .integer(Int64($0)) }
    object["protocol"] = .string(transport.rawValue)
    object["address"] = address.json
    return object
  }

  public var subject: String { "\(transport.rawValue) \(address.shown):\(last == nil ? String(port) : "0")" }
}
