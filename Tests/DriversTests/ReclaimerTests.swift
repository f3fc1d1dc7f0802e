import Drivers
import JSON
import LinuxSystem
import Netlink
import Nftables
import Plans
import Testing

@Suite struct ReclaimerTests {
  @Test func whatNoRecordNamesGoesAndNothingElse() throws {
    let host = try TestNamespace()
    let container = try TestNamespace()
    let lent = try container.lent
    try host.inside {
      let mine = try PlanExecutor(daemon: "d1")
      let other = try PlanExecutor(daemon: "d2")
      try NftCommands().run(
        "table ip filter {\nchain FORWARD { type filter hook forward priority 0; policy drop; }\n}")
      _ = try mine.apply(AppliedPlan(key: "network:a", plan: try golden("bridge-network")))
      _ = try mine.apply(
        AppliedPlan(key: "endpoint:a1", plan: try golden("bridge-endpoint")), sites: Sites(netns: lent))
      _ = try other.apply(AppliedPlan(key: "network:b", plan: try golden("bridge-network-other")))
      let socket = try NetlinkSocket()
      // A crash between making an interface and marking it; and one that somebody else made.
      try socket.makeLink(NewLink(name: "half", kind: .bridge, group: mine.mark("x").group))
      try socket.makeLink(NewLink(name: "theirs", kind: .bridge))

      let kept = Reclaimer(mine).reclaim(keeping: ["network:a", "endpoint:a1"])
      #expect(kept.map(\.name) == ["interface half"])
      let nft = try NftCommands()
      #expect(try nft.run("list ruleset").contains("tcp . 8080"))

      let listed = Reclaimer(mine).reclaim(keeping: ["network:a"], removing: false)
      #expect(!listed.isEmpty)
      let endpoint = Reclaimer(mine).reclaim(keeping: ["network:a"])
      #expect(endpoint.allSatisfy { $0.key == "endpoint:a1" && $0.error == nil }, "\(endpoint)")
      #expect(endpoint.count == 5)
      #expect(try !nft.run("list ruleset").contains("tcp . 8080"))
      #expect(try socket.link(named: "mp0a00000000a1") == nil)

      let rest = Reclaimer(mine).reclaim(keeping: [])
      #expect(rest.allSatisfy { $0.error == nil }, "\(rest)")
      #expect(Reclaimer(mine).reclaim(keeping: []).isEmpty)
      #expect(try socket.links().map(\.name).sorted() == ["lo", "mp-bb12cd34ef56", "theirs"])
      #expect(try NftSocket().tables().map(\.name).sorted() == ["filter", "mp_bb12cd34ef56"])
      #expect(try nft.run("list chain ip filter FORWARD").contains("mp-bb12cd34ef56"))
    }
  }

  @Test func aPlanIsTakenBackAfterACrashAtAnyStep() throws {
    let plan = try golden("bridge-network")
    for crash in 0...plan.steps.count {
      let host = try TestNamespace()
      try host.inside {
        let executor = try PlanExecutor(daemon: "d1")
        var recorded = AppliedPlan(key: "network:a", plan: plan)
        var done = 0
        // The daemon dies after the step was done and before that was written: the record is one step behind.
        var prefix = plan
        prefix.steps = Array(plan.steps.prefix(crash))
        prefix.result = .null
        _ = try executor.apply(
          AppliedPlan(key: "network:a", plan: prefix),
          progress: { now in
            done += 1
            guard done < crash else { return }
            for (position, step) in now.steps.enumerated() { recorded.steps[position] = step }
          })
        let failures = try PlanExecutor(daemon: "d1").undo(recorded)
        #expect(failures.isEmpty, "crash at \(crash): \(failures)")
        #expect(try NetlinkSocket().links().map(\.name) == ["lo"])
        #expect(try NftSocket().tables().isEmpty)
      }
    }
  }
}
