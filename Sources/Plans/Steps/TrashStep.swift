public import JSON

/// A path that is to be gone: renamed away at once, removed behind everyone's back: `{ trash = "/data/old" }`.
/// It cannot be undone.
public struct TrashStep: StepPayload {
  public var path: Field<String>

  public static let verb = "trash"

  public init(path: Field<String>) { self.path = path }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    path = try StepReader.required(try box.reader.path("trash"), "trash")
  }

  public var fields: JSONObject { ["trash": path.json] }
  public var subject: String { path.shown }
}
