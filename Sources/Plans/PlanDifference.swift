/// What turns one plan of a key into another: a port added, a peer gained, a network joined while running.
///
/// Steps are the same when they have the same subject (what they make, and where). A step with the same subject and
/// other fields is both removed and added, unless its kind can be changed in place (`changed`).
public struct PlanDifference: Sendable, Hashable {
  /// Positions in the old plan, in the order in which to undo them: last first.
  public var removed: [Int]
  /// Positions in the new plan, in the order in which to apply them.
  public var added: [Int]
  /// Positions in both that mean the same.
  public var kept: [(old: Int, new: Int)]
  /// Positions in both with the same subject and different fields; they are in neither list above.
  public var changed: [(old: Int, new: Int)]

  public init(from old: Plan, to new: Plan) {
    var positions: [String: Int] = [:]
    for (offset, step) in old.steps.enumerated() { positions[step.subject] = offset }
    added = []
    kept = []
    changed = []
    for (offset, step) in new.steps.enumerated() {
      guard let before = positions.removeValue(forKey: step.subject) else {
        added.append(offset)
        continue
      }
      if old.steps[before].action == step.action {
        kept.append((before, offset))
      } else {
        changed.append((before, offset))
      }
    }
    removed = positions.values.sorted(by: >)
  }

  public var isEmpty: Bool { removed.isEmpty && added.isEmpty && changed.isEmpty }

  public static func == (left: PlanDifference, right: PlanDifference) -> Bool {
    left.removed == right.removed && left.added == right.added
      && left.kept.elementsEqual(right.kept, by: ==) && left.changed.elementsEqual(right.changed, by: ==)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(removed)
    hasher.combine(added)
  }
}
