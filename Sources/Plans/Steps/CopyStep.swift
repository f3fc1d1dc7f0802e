public import JSON

/// A tree copied as it is, with owners, modes, times, extended attributes and hard links:
/// `{ copy = "/data/volumes/new", from = "/data/volumes/old" }`. The target is absent or an empty directory.
public struct CopyStep: StepPayload {
  public var path: Field<String>
  public var from: Field<String>

  public static let verb = "copy"

  public init(path: Field<String>, from: Field<String>) {
    self.path = path
    self.from = from
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    path = try StepReader.required(try box.reader.path("copy"), "copy")
    from = try StepReader.required(try box.reader.path("from"), "from")
  }

  public var fields: JSONObject { ["copy": path.json, "from": from.json] }
  public var subject: String { path.shown }
}
