import JSON
import Nftables
import Plans

extension ForwardStep: StepPerformer {
  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let interface = try link.get()
    let forwarding = context.kernel.forwarding
    let chains = try forwarding.accept(interface, mark: "\(context.mark)")
    var result: JSONObject = ["chains": .integer(Int64(chains))]
    result["warning"] = forwarding.obstacle(interface).map { .string($0) }
    return StepRecord(made: true, result: result)
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    try context.kernel.forwarding.withdraw(mark: "\(context.mark)")
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    let missing = try context.kernel.forwarding.missing(mark: "\(context.mark)")
    if missing.isEmpty { return .equal }
    return .different("\(missing.map { "\($0.table) \($0.name)" }.joined(separator: ", ")) would drop its packets")
  }
}
