public import JSON

/// The desired state of one key (`network:ID`, `endpoint:ID`, `volume:ID`, `snapshot:KEY`) as data: steps that are
/// applied in order and undone in reverse, and what the driver says about the whole.
///
/// Canonical JSON: `{ "steps": [ … ], "result": { … } }`, each step with its verb first, its other fields in the order
/// of the reference page, fields with their default value left out, `id` and a non-default `site` last. `result` is
/// left out when there is none. Decoding and encoding give the canonical form of any accepted plan.
public struct Plan: Sendable, Hashable {
  public var steps: [Step]
  /// Free to the driver; null when it says nothing. May hold references.
  public var result: JSONValue

  public init(steps: [Step] = [], result: JSONValue = .null) {
    self.steps = steps
    self.result = result
  }

  public init(json: JSONValue) throws(PlanError) {
    guard case .object(let table) = json else { throw PlanError("a plan is a table, not \(json.kind)", path: "") }
    var reader = StepReader(table)
    var steps: [Step] = []
    for (offset, value) in (try reader.list("steps") ?? []).enumerated() {
      do throws(PlanError) {
        steps.append(try Step(json: value))
      } catch {
        throw error.within("steps[\(offset)]")
      }
    }
    result = reader.value("result") ?? .null
    for key in table.keys where key != "steps" && key != "result" {
      throw PlanError(
        "a plan has no field \"\(key)\"\(suggestion(for: key, among: ["steps", "result"]))", path: key)
    }
    self.steps = steps
    try checkReferences()
    try checkSubjects()
  }

  /// From JSON text or bytes.
  public init(parsing text: String) throws {
    try self.init(json: try JSON.parse(text))
  }

  public var json: JSONValue {
    var object: JSONObject = ["steps": .array(steps.map(\.json))]
    if !result.isNull { object["result"] = result }
    return .object(object)
  }

  /// Every reference names a field of the result of an *earlier* step.
  private func checkReferences() throws(PlanError) {
    var known: [String: [String]] = [:]
    func check(_ references: [Reference], _ path: String) throws(PlanError) {
      for reference in references {
        guard let fields = known[reference.step] else {
          throw PlanError(
            "ref(\"\(reference)\"): no earlier step has the id \"\(reference.step)\""
              + suggestion(for: reference.step, among: known.keys), path: path)
        }
        guard fields.contains(reference.field) else {
          let has = fields.isEmpty ? "has no result" : "has \(fields.joined(separator: ", "))"
          throw PlanError(
            "ref(\"\(reference)\"): the result of \"\(reference.step)\" \(has)"
              + suggestion(for: reference.field, among: fields), path: path)
        }
      }
    }
    for (offset, step) in steps.enumerated() {
      try check(step.references, "steps[\(offset)]")
      guard let id = step.id else { continue }
      guard known[id] == nil else { throw PlanError("the id \"\(id)\" is taken", path: "steps[\(offset)].id") }
      known[id] = type(of: step.action.payload).results
    }
    var inResult: [Reference] = []
    _ = result.replacingReferences {
      inResult.append($0)
      return nil
    }
    try check(inResult, "result")
  }

  private func checkSubjects() throws(PlanError) {
    var seen: [String: Int] = [:]
    for (offset, step) in steps.enumerated() {
      let subject = step.subject
      if let first = seen[subject], !subject.contains("%d"), !subject.hasSuffix(":0") {
        throw PlanError("makes the same thing as steps[\(first)]: \(subject)", path: "steps[\(offset)]")
      }
      seen[subject] = offset
    }
  }

  /// The result with every reference replaced.
  public func resolvedResult(_ lookup: (Reference) -> JSONValue?) -> JSONValue {
    result.replacingReferences(lookup)
  }
}

extension Plan: Codable {
  public init(from decoder: any Decoder) throws { try self.init(json: try JSONValue(from: decoder)) }
  public func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}
