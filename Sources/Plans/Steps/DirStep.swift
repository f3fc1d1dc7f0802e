public import JSON

/// A directory, with its parents: `{ dir = "/data/volumes/db/_data", mode = "0755", owner = "0:0" }`.
///
/// On undo the directory that the step made goes with everything in it; one that was there already stays.
public struct DirStep: StepPayload {
  public var path: Field<String>
  public var mode: UInt32
  public var owner: Owner?

  public static let verb = "dir"
  public static let results = ["path"]

  public init(path: Field<String>, mode: UInt32 = 0o755, owner: Owner? = nil) {
    self.path = path
    self.mode = mode
    self.owner = owner
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    path = try StepReader.required(try box.reader.path("dir"), "dir")
    mode = try box.reader.mode("mode") ?? 0o755
    owner = try box.reader.owner("owner")
  }

  public var fields: JSONObject {
    var object: JSONObject = ["dir": path.json, "mode": octal(mode)]
    object["owner"] = owner.map { .string("\($0)") }
    return object
  }
  public var subject: String { path.shown }
}
