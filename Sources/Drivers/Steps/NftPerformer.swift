import JSON
import LinuxSystem
import Netlink
import Nftables
import Plans

extension NftStep: StepPerformer {
  private func family() throws -> NftFamily {
    guard let family = NftFamily(name: table.family) else {
      throw PlanFailure(.invalid, "\"\(table.family)\" is no nft family")
    }
    return family
  }

  /// The mark with a hash of the text, so that another text of the same key is seen as different.
  private func comment(_ context: StepContext) -> String {
    "\(context.mark)#\(String(stableHash(text), radix: 16))"
  }

  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let comment = comment(context)
    if let there = try context.kernel.nft.table(try family(), table.name) {
      if there.comment == comment { return StepRecord(made: true) }
      throw PlanFailure(
        .conflict,
        context.isOurs(there.comment)
          ? "the table is there with other rules" : "the table is there already and not ours")
    }
    try context.kernel.commands.run("table \(table) {\ncomment \"\(comment)\"\n\(text)\n}\n")
    return StepRecord(made: true)
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    guard record?.made ?? true, let there = try context.kernel.nft.table(try family(), table.name),
      context.isOurs(there.comment)
    else { return }
    do throws(NetlinkError) {
      try context.kernel.nft.removeTable(there.family, there.name)
    } catch {
      if error.errno != .noEntry { throw error }
    }
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    guard let there = try context.kernel.nft.table(try family(), table.name) else { return .missing }
    return there.comment == comment(context) ? .equal : .different("it has other rules, or another owner")
  }

  var shown: String {
    let lines = text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    return "nft \(table)\n\(lines)"
  }
}
