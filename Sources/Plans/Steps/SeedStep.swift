public import JSON

/// What the image has at a path, copied into a volume that is still empty:
/// `{ seed = "/data/volumes/db/_data", from = "/var/lib/postgresql/data" }`.
///
/// `from` is a path of the container's image, resolved inside its root. A volume that has anything in it is left as it
/// is; the directory takes over owner and mode of the image's.
public struct SeedStep: StepPayload {
  public var path: Field<String>
  public var from: Field<String>

  public static let verb = "seed"

  public init(path: Field<String>, from: Field<String>) {
    self.path = path
    self.from = from
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    path = try StepReader.required(try box.reader.path("seed"), "seed")
    from = try StepReader.required(try box.reader.path("from"), "from")
  }

  public var fields: JSONObject { ["seed": path.json, "from": from.json] }
  public var subject: String { path.shown }
}
