import JSON
import LinuxSystem
import Netlink
import Nftables
import Plans

extension NftElementStep: StepPerformer {
  private func declaration(_ context: StepContext) throws -> NftSet? {
    guard let family = NftFamily(name: table.family) else {
      throw PlanFailure(.invalid, "\"\(table.family)\" is no nft family")
    }
    do throws(NftError) {
      return try context.kernel.nft.set(family, table.name, set)
    } catch {
      if case .kernel(let reason) = error, reason.errno == .noEntry { return nil }
      throw error
    }
  }

  private func element(_ context: StepContext) -> NftElement {
    NftElement(value: value, data: data, comment: "\(context.mark)")
  }

  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    guard let set = try declaration(context) else {
      throw PlanFailure(.notFound, "there is no set \(self.set) in table \(table)")
    }
    let element = element(context)
    if try context.kernel.nft.add(element, to: set) == .added { return StepRecord(made: true) }
    if case .equal(let comment) = try context.kernel.nft.presence(of: element, in: set) {
      return StepRecord(made: context.isOurs(comment))
    }
    return StepRecord(made: false)
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    guard record?.made ?? true, let set = try declaration(context) else { return }
    let element = element(context)
    switch try context.kernel.nft.presence(of: element, in: set) {
    case .equal(let comment), .different(let comment):
      if context.isOurs(comment) { try context.kernel.nft.remove(element, from: set) }
    case .absent: break
    }
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    guard let set = try declaration(context) else { return .missing }
    switch try context.kernel.nft.presence(of: element(context), in: set) {
    case .absent: return .missing
    case .equal: return .equal
    case .different: return .different("it has other data")
    }
  }
}
