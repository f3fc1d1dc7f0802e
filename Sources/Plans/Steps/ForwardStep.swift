public import JSON

/// Packets that pass through an interface may be forwarded, whatever policy *another* program's firewall has:
/// `{ forward = "br0" }`.
///
/// An accept of ours does not override another table's drop; so where there is one (Docker's `FORWARD` policy, ufw)
/// the executor puts two marked rules into that table, and takes them out on undo. Where there is none it does nothing.
public struct ForwardStep: StepPayload {
  public var link: Field<String>

  public static let verb = "forward"

  public init(link: Field<String>) { self.link = link }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    link = try StepReader.required(try box.reader.interface("forward"), "forward")
  }

  public var fields: JSONObject { ["forward": link.json] }
  public var subject: String { link.shown }
}
