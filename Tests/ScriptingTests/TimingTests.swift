import JSON
import Testing

@testable import Scripting

/// Prints what a phase costs; asserts only that it is not absurd. Figures that count come from a release build:
/// a phase is to take 60 µs, the hop to a Lua thread and back included, and each hook in it 10 µs.
@Suite(.serialized) struct TimingTests {
  @Test(arguments: [1, 10]) func aPhase(_ count: Int) async throws {
    var hooks: [String: String] = [:]
    for number in 0..<count {
      hooks["h\(number)"] = Site.hook(
        "h\(number)",
        """
        hook:gate("create", function(event, config)
          local host = event.container.HostConfig
          if host.Privileged then return engine.deny("no") end
          for _, cap in ipairs(host.CapAdd) do if cap == "SYS_ADMIN" then return engine.deny("no") end end
          if host.NetworkMode == "host" and event.actor.user ~= "admin" then return engine.deny("no") end
        end)
        """)
    }
    try await Site.with(hooks) { site in
      let payload = TestEvents.event(.create, ["container": ["HostConfig": ["CapAdd": ["NET_ADMIN", "CHOWN"]]]])
      for _ in 0..<200 { _ = await site.host.evaluate(.create, payload: payload) }
      let clock = ContinuousClock()
      var times: [Duration] = []
      for _ in 0..<2000 {
        let start = clock.now
        _ = await site.host.evaluate(.create, payload: payload)
        times.append(start.duration(to: clock.now))
      }
      times.sort()
      print("phase with \(count) hooks: median \(times[1000]), minimum \(times[0])")
      #expect(times[1000] < .milliseconds(50))
    }
  }
}
