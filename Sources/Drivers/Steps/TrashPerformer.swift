import JSON
import Plans

extension TrashStep: StepPerformer {
  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    try context.discard(try path.get())
    return StepRecord(made: true)
  }

  /// What was thrown away does not come back.
  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {}

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    try context.place(try path.get()).exists() ? .different("it is still there") : .equal
  }
}
