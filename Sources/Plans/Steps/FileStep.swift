public import JSON

/// A regular file of a size, sparse: `{ file = "/data/volumes/db/disk", size = 1073741824, mode = "0600" }`.
public struct FileStep: StepPayload {
  public var path: Field<String>
  /// Bytes.
  public var size: Int
  public var mode: UInt32

  public static let verb = "file"
  public static let results = ["path"]

  public init(path: Field<String>, size: Int, mode: UInt32 = 0o600) {
    self.path = path
    self.size = size
    self.mode = mode
  }

  public init(from box: inout StepReaderBox) throws(PlanError) {
    path = try StepReader.required(try box.reader.path("file"), "file")
    size = try box.reader.integer("size", in: 0...Int.max) ?? 0
    mode = try box.reader.mode("mode") ?? 0o600
  }

  public var fields: JSONObject {
    ["file": path.json, "size": .integer(Int64(size)), "mode": octal(mode)]
  }
  public var subject: String { path.shown }
}
