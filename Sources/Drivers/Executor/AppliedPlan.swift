public import JSON
public import Plans

/// What became of one step.
public struct StepRecord: Codable, Sendable, Hashable {
  /// Whether the step made it; false when the same thing was there already, so that undo leaves it.
  public var made: Bool
  /// What references to the step mean: a chosen name, an index, a port.
  public var result: JSONObject

  public init(made: Bool, result: JSONObject = [:]) {
    self.made = made
    self.result = result
  }

  enum CodingKeys: String, CodingKey { case made, result }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    made = try values.decode(Bool.self, forKey: .made)
    result = try values.decodeIfPresent(JSONValue.self, forKey: .result)?.objectValue ?? [:]
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(made, forKey: .made)
    if !result.isEmpty { try values.encode(JSONValue.object(result), forKey: .result) }
  }
}

/// A plan of a key with what has been done of it: what the engine writes into the object's record, as intent (no step
/// done yet), after every step, and complete.
public struct AppliedPlan: Codable, Sendable, Hashable {
  public enum State: String, Codable, Sendable, Hashable {
    /// Recorded before the first step; what a crash leaves is completed or undone.
    case applying
    case applied
  }

  /// `network:ID`, `endpoint:ID`, `volume:NAME`, `snapshot:KEY`.
  public var key: String
  public var state: State
  public var plan: Plan
  /// As long as the plan's steps; nil for what was not reached, or not recorded.
  public var steps: [StepRecord?]

  /// The intent.
  public init(key: String, plan: Plan) {
    self.key = key
    self.plan = plan
    state = .applying
    steps = Array(repeating: nil, count: plan.steps.count)
  }

  func lookup(_ reference: Reference) -> JSONValue? {
    for (step, record) in zip(plan.steps, steps) where step.id == reference.step {
      return record?.result[reference.field]
    }
    return nil
  }

  /// The driver's result with every reference replaced by what the steps gave.
  public var result: JSONValue { plan.resolvedResult(lookup) }

  /// A step with its references replaced, as far as their steps have results.
  public func resolved(_ position: Int) -> Step? { try? plan.steps[position].resolving(lookup) }

  /// All steps of a site, resolved: the `mount` steps of `mntns` and the `sysctl` steps of `netns` are for the
  /// container's first process, which knows them as OCI mounts and `linux.sysctl`.
  public func steps(in site: Site) -> [Step] {
    plan.steps.indices.compactMap { resolved($0) }.filter { $0.site == site }
  }
}

/// How the kernel compares with one step.
public enum Comparison: Sendable, Hashable {
  case equal
  case missing
  /// In words: "mtu is 1400, not 1500".
  case different(String)
  /// Cannot be seen from here: what the container's first process did, or a namespace that was not given.
  case unseen
}
