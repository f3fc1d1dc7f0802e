import JSON
import Plans

/// Nothing in the kernel: the engine serves the name from the applied plans.
extension DNSStep: StepPerformer {
  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord { StepRecord(made: true) }
  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {}
  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison { .equal }
}
