import Glibc
import JSON
import Testing

@testable import Scripting

@Suite struct ReloadTests {
  private func hook(_ version: String, _ message: String) -> String {
    Site.hook(
      "h", "hook:gate('create', { id = 'g' }, function() return engine.warn('\(message)') end)", version: version)
  }

  private func says(_ host: HookHost) async -> [String] {
    await host.evaluate(.create, payload: TestEvents.event(.create, [:])).warnings.map(\.message)
  }

  @Test func aChangeIsSwappedInAndAFailingOneIsNot() async throws {
    try await Site.with(["h": hook("1", "one")]) { (site) async throws in
      #expect(await says(site.host) == ["one"])
      site.write("h/init.lua", hook("2", "two"))
      await site.host.reload()
      #expect(await says(site.host) == ["two"])
      #expect(site.status("h")?.state == .active)

      site.write("h/init.lua", "return nonsense(")
      await site.host.reload()
      #expect(await says(site.host) == ["two"])
      #expect(site.status("h")?.state == .stale)
      #expect(site.status("h")?.version == "2")
      #expect(site.status("h")?.reason?.contains("h/init.lua:1:") == true)
    }
  }

  @Test func failingTestsKeepTheRunningVersion() async throws {
    try await Site.with(["h": hook("1", "one")]) { (site) async throws in
      site.write("h/init.lua", hook("2", "two"))
      site.write(
        "h/policy_test.lua",
        """
        engine.test("says three", function(t)
          engine.check.equal(t.send(t.event("create")).rules[1].message, "three")
        end)
        """)
      await site.host.reload()
      #expect(await says(site.host) == ["one"])
      #expect(site.status("h")?.reason?.contains(#"expected "three", got "two""#) == true)
      site.write("h/init.lua", hook("3", "three"))
      await site.host.reload()
      #expect(await says(site.host) == ["three"])
    }
  }

  @Test func theLastGoodVersionServesAfterARestartAndNoOlderOne() async throws {
    try await Site.with(["h": hook("1", "one")]) { (site) async throws in
      site.write("h/init.lua", hook("2", "two"))
      await site.host.reload()
      site.write("h/init.lua", "broken(")
      let host = await site.restarted()
      #expect(await says(host) == ["two"])
      #expect(host.status.first?.state == .stale)
    }
  }

  @Test func theFolderIsWatched() async throws {
    try await Site.with(["h": hook("1", "one")]) { (site) async throws in
      await site.host.start()
      site.write("h/init.lua", hook("2", "two"))
      for _ in 0..<1500 where site.status("h")?.version != "2" { try await Task.sleep(for: .milliseconds(20)) }
      #expect(await says(site.host) == ["two"])
      site.write("g/init.lua", Site.hook("g", "hook:gate('create', function() return engine.warn('new') end)"))
      for _ in 0..<1500 where site.status("g")?.state != .active { try await Task.sleep(for: .milliseconds(20)) }
      #expect(await says(site.host) == ["new", "two"])
    }
  }

  @Test func anOperationKeepsTheHooksItStartedWith() async throws {
    try await Site.with(["h": hook("1", "one")]) { (site) async throws in
      let pinned = site.host.pin()
      site.write("h/init.lua", hook("2", "two"))
      await site.host.reload()
      let decision = await site.host.evaluate(.create, payload: TestEvents.event(.create, [:]), hooks: pinned)
      #expect(decision.warnings.map(\.message) == ["one"])
    }
  }

  @Test func aHookThatNeverLoadedKeepsOperationsClosed() async throws {
    let settings = #"{ "api": 1, "hooks": { "policy": {} } }"#
    try await Site.with([:], settings: settings) { (site) async throws in
      for event in [EventName.pull, .create, .start, .exec] {
        let decision = await site.host.evaluate(event, payload: TestEvents.event(event, [:]))
        #expect(decision.verdict == .deny)
        #expect(decision.denialText.contains("hooks.json requires this hook"))
      }
      #expect(await site.host.evaluate(.stop, payload: TestEvents.event(.stop, [:])).isAllowed)
      #expect(site.status("policy")?.state == .missing)
      site.write("policy/init.lua", Site.hook("policy", ""))
      await site.host.reload()
      #expect(try await site.create().isAllowed)
    }
  }

  @Test func settingsThatCannotBeReadCloseAndLaterKeepWhatRuns() async throws {
    try await Site.with(["h": hook("1", "one")], settings: #"{ "hokks": {} }"#) { (site) async throws in
      let decision = try await site.create()
      #expect(decision.denialText.contains("unknown key 'hokks'; did you mean 'hooks'?"))
      site.write("hooks.json", #"{ "hooks": { "h": { "mode": "warn" } } }"#)
      await site.host.reload()
      #expect(await says(site.host) == ["one"])
      site.write("hooks.json", "{")
      await site.host.reload()
      #expect(await says(site.host) == ["one"])
      #expect(await says(await site.restarted()) == ["one"])
    }
  }

  @Test func filesThatOthersMayWriteAreRefused() async throws {
    try await Site.with(["h": hook("1", "one")]) { (site) async throws in
      chmod("\(site.root)/hooks/h/init.lua", 0o666)
      await site.host.reload()
      #expect(site.status("h")?.reason?.contains("can be written by group or others") == true)
      #expect(await says(site.host) == ["one"])
      chmod("\(site.root)/hooks/h/init.lua", 0o600)
      chown("\(site.root)/hooks/h", 1, 1)
      await site.host.reload()
      #expect(site.status("h")?.reason?.contains("belongs to user 1") == true)
    }
  }

  @Test func configurationIsCheckedAndTyped() async throws {
    let text = Site.hook(
      "h",
      """
      hook:gate("create", function(event, config)
        return engine.warn(table.concat({ config.every, config.size, table.concat(config.names, "+"),
          config.allow.cap[1], tostring(config.unset), math.type(config.size) }, " "))
      end)
      """,
      config: """
        { every = { type = "duration", default = "15m" }, size = { type = "bytes", required = true, max = "1GB" },
          names = { type = "enum{red, blue}[]", default = {} }, unset = "string",
          allow = { type = "map<string[]>", default = { cap = { "NET_ADMIN" } } } }
        """)
    let settings = { (config: String) in #"{ "hooks": { "h": { "config": \#(config) } } }"# }
    try await Site.with(["h": text], settings: settings(#"{ "size": "64MiB", "names": ["red", "blue"] }"#)) {
      (site) async throws in
      #expect(await says(site.host) == ["900 67108864 red+blue NET_ADMIN nil integer"], "\(site.host.status)")
      for (config, message) in [
        ("{}", "the setting 'size' is required"), (#"{ "size": "2GB" }"#, "above the maximum"),
        (#"{ "sise": 1 }"#, "did you mean 'size'"), (#"{ "size": 1, "names": ["green"] }"#, "none of red, blue"),
        (#"{ "size": true }"#, "expected a size such as 64MiB"),
      ] {
        site.write("hooks.json", settings(config))
        await site.host.reload()
        #expect(site.status("h")?.reason?.contains(message) == true, "\(site.status("h")?.reason ?? "")")
      }
    }
  }

  @Test func aThousandTestsTakeSeconds() async throws {
    let files = ScriptFiles(
      name: "h", origin: "",
      texts: [
        "init.lua": hook("1", "one"),
        "many_test.lua": """
        for i = 1, 1000 do
          engine.test("number " .. i, function(t)
            engine.check.equal(t.send(t.docker "run alpine").rules[1].message, "one")
          end)
        end
        """,
      ])
    let clock = ContinuousClock()
    let start = clock.now
    let report = await ScriptTests.run(files)
    #expect(report.isPassed && report.cases.count == 1000)
    #expect(start.duration(to: clock.now) < .seconds(60))
  }
}
