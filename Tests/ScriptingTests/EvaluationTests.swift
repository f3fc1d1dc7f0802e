import JSON
import Testing

@testable import Scripting

@Suite struct EvaluationTests {
  @Test func mutatesChangeAndGatesSeeTheResult() async throws {
    let hooks = [
      "limits": Site.hook(
        "limits",
        """
        hook:mutate("create", { id = "set" }, function(event)
          local host = event.container.HostConfig
          host.PidsLimit = host.PidsLimit or 512
          host.Memory = 2^20
          event.container.Config.Labels.team = "blue"
          table.insert(event.container.Config.Env, "A=1")
        end)
        hook:gate("create", { id = "look" }, function(event)
          if event.container.HostConfig.PidsLimit ~= 512 then return engine.deny("no limit") end
          local fields = {}
          for _, change in ipairs(event.changes) do fields[#fields + 1] = change.field end
          return engine.warn(table.concat(fields, " "), { code = "SEEN" })
        end)
        """)
    ]
    try await Site.with(hooks) { (site) async throws in
      let decision = try await site.create()
      #expect(decision.isAllowed, "\(decision.denialText)")
      #expect(decision["container", "HostConfig", "PidsLimit"] == 512)
      #expect(decision["container", "HostConfig", "Memory"] == 1_048_576)
      #expect(decision["changes"] == nil)
      #expect(
        decision.changes.map(\.field) == [
          "HostConfig.PidsLimit", "HostConfig.Memory", "Config.Labels.team", "Config.Env",
        ])
      #expect(decision.changes[0].from == .null)
      #expect(decision.changes[3].to == ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "A=1"])
      #expect(
        decision.warnings.map(\.message) == ["HostConfig.PidsLimit HostConfig.Memory Config.Labels.team Config.Env"])
      #expect(decision.timings.map(\.rule) == ["set", "look"])
    }
  }

  @Test func allGatesRunAndAllReasonsAreReported() async throws {
    let hooks = [
      "a": Site.hook(
        "a",
        #"hook:gate("create", { id = "one" }, function() return engine.deny("first", { code = "A", help = "do this" }) end)"#
      ),
      "b": Site.hook(
        "b",
        """
        hook:gate("create", { id = "two" }, function()
          local result = engine.result()
          result:deny("second", { field = "HostConfig.CapAdd" }):warn("third")
          return result
        end)
        """),
    ]
    try await Site.with(hooks) { (site) async throws in
      let decision = try await site.create()
      #expect(decision.verdict == .deny)
      #expect(decision.denials.map(\.message) == ["first", "second"])
      #expect(decision.denials[1].field == "HostConfig.CapAdd")
      #expect(decision.warnings.map(\.message) == ["third"])
      #expect(
        decision.denialText == """
          denied by hook a/one: first (A) [decision \(decision.id)]
          do this
          denied by hook b/two: second
          """)
    }
  }

  @Test(arguments: [
    ("event.container.HostConfig.Privilged = true", "did you mean 'Privileged'"),
    ("local x = event.container.HostConfig.Memroy", "did you mean 'Memory'"),
    ("event.container.HostConfig.Memory = 'lots'", "HostConfig.Memory: expected an integer, got a string"),
    ("event.container.HostConfig.Memory = 1.5", "expected an integer"),
    ("event.container.HostConfig.CapAdd = { 1 }", "HostConfig.CapAdd[1]: expected a string"),
    ("event.container.HostConfig.CapAdd = { a = 1 }", "expected a list of strings"),
    ("event.container.HostConfig.CapAdd[5] = 'X'", "would leave a hole"),
    ("event.container.HostConfig.CapAdd.x = 'X'", "is a list"),
    ("event.container.Id = 'x'", "'container.Id' cannot be changed by a mutate of create"),
    ("event.actor.uid = 0", "cannot be changed"),
    ("event.container.HostConfig = {}", "cannot be changed"),
    ("event.container.HostConfig.Mounts = { { Typ = 'bind' } }", "did you mean 'Type'"),
    ("engine.time.now()", "event.time"),
    ("engine.store.set('a', 1)", "cannot be used in a mutate or a gate"),
    ("return engine.deny('x')", "a mutate returns nothing"),
    ("x = 1", "cannot assign the global 'x'"),
    ("config.a = 1", "the configuration cannot be changed"),
    ("engine.log.info()", "needs a message"),
    ("engine.std.glob.match(1, 2)", "glob.match: argument 1 has to be a string"),
    ("engine.nothing()", "attempt to call a nil value (field 'nothing')"),
  ]) func mistakesRaiseAtTheirLine(_ line: String, _ message: String) async throws {
    let text = Site.hook("h", "hook:mutate('create', { id = 'r' }, function(event, config)\n\(line)\nend)")
    try await Site.with(["h": text]) { (site) async throws in
      let decision = try await site.create()
      #expect(decision.verdict == .deny)
      let error = try #require(decision.errors.first?.message)
      #expect(error.contains(message))
      if !line.hasPrefix("return") { #expect(error.hasPrefix("h/init.lua:3:"), "\(error)") }
      #expect(decision.denials.first?.code == "HOOK_ERROR")
      #expect(decision.changes.isEmpty)
    }
  }

  @Test func aGateCannotChangeTheEvent() async throws {
    let text = Site.hook("h", "hook:gate('create', function(event) event.container.HostConfig.Memory = 1 end)")
    try await Site.with(["h": text]) { (site) async throws in
      let decision = try await site.create()
      #expect(decision.errors.first?.message.contains("a gate cannot change the event") == true)
    }
  }

  @Test func listsAndMapsAreNeverNilAndUnsetIs() async throws {
    let text = Site.hook(
      "h",
      """
      hook:gate("create", function(event)
        local host = event.container.HostConfig
        return engine.warn(table.concat({ #host.DeviceRequests, type(host.Tmpfs), tostring(host.PidsLimit),
          tostring(host.MemorySwappiness), type(host.LogConfig.Config), tostring(event.container.State),
          table.concat(host.CapAdd, "+"), tostring(event.container.Config.User) }, " "))
      end)
      """)
    try await Site.with(["h": text]) { (site) async throws in
      let decision = try await site.create("run --pids-limit -1 --memory-swappiness -1 --cap-add cap_net_admin alpine")
      #expect(decision.warnings.map(\.message) == ["0 table nil nil table nil NET_ADMIN nil"], "\(decision.errors)")
    }
  }

  @Test func theEngineMayRefuseAValue() async throws {
    let text = Site.hook("h", "hook:mutate('create', function(event) event.container.HostConfig.Memory = 5 end)")
    try await Site.with(["h": text]) { (site) async throws in
      let decision = await site.host.evaluate(.create, payload: TestEvents.event(.create, [:])) { field, value in
        field == "HostConfig.Memory" && value == 5 ? "is below 6 MiB" : nil
      }
      #expect(decision.errors.first?.message.contains("HostConfig.Memory: is below 6 MiB") == true)
    }
  }

  @Test func anErrorDeniesTheFirstAndTheFiveHundredthTime() async throws {
    let text = Site.hook("h", "local n = 0 hook:gate('create', { id = 'g' }, function() n = n + 1 error('broken') end)")
    try await Site.with(["h": text]) { (site) async throws in
      for _ in 0..<500 {
        let decision = try await site.create()
        #expect(decision.verdict == .deny)
        #expect(decision.errors.first?.message == "h/init.lua:2: broken")
      }
    }
  }

  @Test func aKilledRuleDeniesAndTheNextCallHasAFreshState() async throws {
    let text = Site.hook(
      "h",
      """
      local calls = 0
      hook:gate("create", function(event)
        calls = calls + 1
        while event.container.HostConfig.Privileged do pcall(function() while true do end end) end
        return engine.warn(tostring(calls))
      end)
      """)
    try await Site.with(["h": text]) { (site) async throws in
      #expect(try await site.create().warnings.map(\.message) == ["1"])
      #expect(try await site.create().warnings.map(\.message) == ["2"])
      let killed = try await site.create("run --privileged alpine")
      #expect(killed.verdict == .deny)
      #expect(killed.errors.first?.message.contains("stopped: it") == true)
      #expect(try await site.create().warnings.map(\.message) == ["1"])
    }
  }

  @Test func onErrorAllowLetsItPassAndRollsBack() async throws {
    let text = Site.hook(
      "h", "hook:mutate('create', function(event) event.container.HostConfig.Memory = 7 error('late') end)")
    try await Site.with(["h": text], settings: #"{ "hooks": { "h": { "on_error": "allow" } } }"#) {
      (site) async throws in
      let decision = try await site.create()
      #expect(decision.isAllowed)
      #expect(decision.errors.count == 1)
      #expect(decision["container", "HostConfig", "Memory"] == nil)
    }
  }

  @Test func anErrorInAMutateOfStopLeavesTheRequest() async throws {
    let text = Site.hook("h", "hook:mutate('stop', function(event) event.stop.Timeout = 99 error('no') end)")
    try await Site.with(["h": text]) { (site) async throws in
      let decision = await site.host.evaluate(.stop, payload: TestEvents.event(.stop, [:]))
      #expect(decision.isAllowed)
      #expect(decision["stop", "Timeout"] == 10)
      #expect(decision.errors.count == 1)
    }
  }

  @Test func aFieldBelongsToTheHookThatSetIt() async throws {
    let first = Site.hook(
      "a", "hook:mutate('create', { id = 'm' }, function(event) event.container.HostConfig.Memory = 1 end)")
    let second = { (options: String) in
      Site.hook(
        "b", "hook:mutate('create', { id = 'm'\(options) }, function(event) event.container.HostConfig.Memory = 2 end)")
    }
    try await Site.with(["a": first, "b": second("")]) { (site) async throws in
      let decision = try await site.create()
      #expect(decision.verdict == .deny)
      #expect(decision.errors.first?.hook == "b")
      #expect(
        decision.errors.first?.message.contains("HostConfig.Memory was set by a/m; declare b/m with after") == true)
    }
    try await Site.with(["a": first, "b": second(", after = 'a'")]) { (site) async throws in
      let decision = try await site.create()
      #expect(decision.isAllowed)
      #expect(decision.changes.map(\.hook) == ["a", "b"])
      #expect(decision["container", "HostConfig", "Memory"] == 2)
    }
  }

  @Test func aGateMayReadTheStoreAndAnObserverMayWriteIt() async throws {
    let text = Site.hook(
      "h",
      """
      hook:observe("create", { id = "count" }, function(event)
        engine.store.update("n", function(n) return (n or 0) + 1 end)
        engine.store.set("last", { id = event.id }, { ttl = "10m" })
        if event.container.HostConfig.Privileged then return engine.drop("not this one") end
        if event.container.Name == "/broken" then error("again") end
      end)
      hook:gate("create", { id = "quota" }, function()
        if (engine.store.get("n") or 0) >= 2 then return engine.deny("quota is used up") end
      end)
      """)
    try await Site.with(["h": text]) { (site) async throws in
      #expect(site.host.observers(for: .create) == ["h/count"])
      for _ in 0..<2 {
        let decision = try await site.create()
        #expect(decision.isAllowed)
        #expect(await site.host.deliver(.create, payload: decision.payload, to: "h/count") == .done)
      }
      let third = try await site.create()
      #expect(third.denials.map(\.message) == ["quota is used up"], "\(third.errors) \(third.timings)")
      let privileged = TestEvents.event(.create, ["container": ["HostConfig": ["Privileged": true]]])
      #expect(await site.host.deliver(.create, payload: privileged, to: "h/count") == .dropped("not this one"))
      let broken = TestEvents.event(.create, ["container": ["Name": "/broken"]])
      #expect(
        await site.host.deliver(.create, payload: broken, to: "h/count")
          == .failed(RuleFailure(hook: "h", rule: "count", message: "h/init.lua:6: again")))
      if case .dropped = await site.host.deliver(.create, payload: broken, to: "h/gone") {
      } else {
        Issue.record("an observer that is gone has to be dropped")
      }
    }
  }

  @Test func modesLimitWhatARuleMaySay() async throws {
    let text = Site.hook(
      "h",
      """
      hook:mutate("create", { id = "m" }, function(event) event.container.HostConfig.Memory = 1 end)
      hook:gate("create", { id = "g" }, function() return engine.deny("no") end)
      hook:gate("create", { id = "e" }, function() error("broken") end)
      """)
    let settings = { (mode: String) in #"{ "hooks": { "h": { "mode": \#(mode) } } }"# }
    try await Site.with(["h": text], settings: settings(#""warn""#)) { (site) async throws in
      let decision = try await site.create()
      #expect(decision.isAllowed)
      #expect(decision.changes.isEmpty)
      #expect(decision["container", "HostConfig", "Memory"] == nil)
      #expect(decision.warnings.map(\.rule) == ["m", "g", "e"])
    }
    try await Site.with(["h": text], settings: settings(#""audit""#)) { (site) async throws in
      let decision = try await site.create()
      #expect(decision.isAllowed && decision.warnings.isEmpty && decision.changes.isEmpty)
      #expect(decision.audited.map(\.rule) == ["m", "g", "e"])
    }
    try await Site.with(["h": text], settings: settings(#"{ "*": "off", "g": "enforce" }"#)) { (site) async throws in
      let decision = try await site.create()
      #expect(decision.denials.map(\.rule) == ["g"])
      #expect(decision.timings.map(\.rule) == ["g"])
    }
  }

  @Test func manyOperationsAtOnce() async throws {
    let text = Site.hook(
      "h",
      """
      hook:mutate("create", function(event)
        event.container.Config.Labels.copy = event.container.Name
        engine.store.get("x")
        if event.container.Config.Labels.copy ~= event.container.Name then error("mixed up") end
      end)
      """)
    try await Site.with(["h": text]) { (site) async throws in
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<300 {
          group.addTask {
            let payload = TestEvents.event(.create, ["container": ["Name": .string("/c\(number)")]])
            let decision = await site.host.evaluate(.create, payload: payload)
            #expect(decision["container", "Config", "Labels", "copy"] == .string("/c\(number)"))
          }
        }
      }
    }
  }
}
