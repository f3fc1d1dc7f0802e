import JSON
import Synchronization
import Testing

@testable import Lua

@Suite struct ValueTests {
  @Test(
    arguments: [
      .integer(.max), .integer(.min), .number(1.5), .number(3), "text", "ünï", true, false, ["a", 1, [2, 3]],
      ["k": ["nested": ["deep": 1]], "list": [1, 2]], .array([]), .object([:]), .bytes([0xff, 0xfe]),
    ] as [JSONValue]) func valuesComeBack(_ value: JSONValue) async throws
  {
    let result = try await Script.run("return function(x) return x end", value)
    #expect(result == [value])
  }

  @Test func integersAndFloatsStayApart() async throws {
    let result = try await Script.run(
      "return function(a, b) return math.type(a), math.type(b), 10 // 2, 10 / 2 end", 1, 1.0)
    #expect(result == ["integer", "float", 5, 5.0])
  }

  @Test func nullInAListIsAValueAndInAMapIsAbsent() async throws {
    let result = try await Script.run(
      "return function(list, map) return #list, list[2] == null, map.x == nil, list end", [1, nil, 3], ["x": nil])
    #expect(result == [3, true, true, [1, nil, 3]])
  }
}

@Suite struct StateTests {
  @Test func sortIsStableAndTakesAnOrder() async throws {
    let result = try await Script.run(
      """
      return function(list)
        table.sort(list)
        local words = { "bb", "a", "cc", "d" }
        table.sort(words, function(a, b) return #a < #b end)
        return list, words
      end
      """, [3, 1, 2, 10, -5])
    #expect(result == [[-5, 1, 2, 3, 10], ["a", "d", "bb", "cc"]])
  }

  @Test func gsubReplacesAsTheLibraryDoes() async throws {
    let result = try await Script.run(
      #"""
      return function()
        return ("hello world"):gsub("o", "0"), ("abc"):gsub("%w", "%0%0"), ("abc"):gsub("", "-"),
          ("hello"):gsub("l", { l = "L" }), (("x=1, y=2"):gsub("(%w)=(%w)", function(a, b) return b .. "=" .. a end)),
          ("abc"):gsub("^a", function() return "z" end), ("aaa"):gsub("a", function() end, 2)
      end
      """#)
    #expect(result == ["hell0 w0rld", "aabbcc", "-a-b-c-", "heLLo", "1=x, 2=y", "zbc", "aaa", 2])
  }

  @Test func aHostCallWaitsAndTheScriptReadsStraight() async throws {
    let wait: Script.Function = { arguments, _ in
      .wait {
        try? await Task.sleep(for: .milliseconds(5))
        return .values([.string("answer to \(arguments[0].stringValue ?? "")")])
      }
    }
    let result = try await Script.run(
      """
      return function()
        local a = host("wait", "one")
        local co = coroutine.wrap(function() local b = host("wait", "two") coroutine.yield(b) return host("wait", "three") end)
        local ok, d = pcall(host, "wait", "four")
        return a, co(), co(), d
      end
      """, functions: ["wait": wait])
    #expect(result == ["answer to one", "answer to two", "answer to three", "answer to four"])
  }

  @Test func aWaitIsRefusedWhereAScriptCannotYield() async throws {
    let result = try await Script.run(
      """
      return function()
        return pcall(tostring, setmetatable({}, { __tostring = function() return host("wait") end }))
      end
      """, functions: ["wait": { _, _ in .wait { .values([]) } }])
    #expect(result[0] == false)
    #expect("\(result[1])".contains("not possible inside a metamethod"))
  }

  @Test func aWaitEndsAtTheWallLimit() async throws {
    let script = try Script(
      "return function() pcall(host, 'wait') return 'caught' end",
      functions: [
        "wait": { _, _ in
          .wait {
            try? await Task.sleep(for: .seconds(60)); return .values([])
          }
        }
      ])
    try await script.load()
    let call = try script.call(budget: LuaBudget(cpu: .seconds(1), wall: .milliseconds(30)))
    #expect(await call.result().failure == .killed(.wall))
  }

  @Test func manyCallsOfOneStateWaitTogether() async throws {
    let script = try Script(
      "return function(n) return host('wait', n) + host('wait', n) end",
      functions: [
        "wait": { arguments, _ in
          .wait {
            await Task.yield(); return .values([arguments[0]])
          }
        }
      ])
    try await script.load()
    let state = try script.state
    let sum = await withTaskGroup(of: Int64.self) { group in
      for number in 0..<500 {
        group.addTask {
          let result = await state.call("run", [.value(.integer(Int64(number)))], budget: Script.budget)
          return (try? result.get().first?.integerValue) ?? -1
        }
      }
      return await group.reduce(0, +)
    }
    #expect(sum == (0..<500).reduce(0) { $0 + 2 * $1 })
  }

  @Test func longScriptsShareTheThreads() async throws {
    let long = try Script("return function() local n = 0 for i = 1, 3e6 do n = n + 1 end return n end")
    try await long.load()
    let short = try Script("return function() return 'done' end")
    try await short.load()
    let state = try long.state
    let budget = LuaBudget(cpu: .seconds(10), wall: .seconds(60))
    async let results = withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 { group.addTask { (try? await state.call("run", budget: budget).get()) == [3_000_000] } }
      return await group.allSatisfy { $0 }
    }
    #expect(try await short.call().result().get() == ["done"])
    #expect(await results)
  }

  @Test func errorsCarryFileAndLine() async throws {
    let script = try Script("return function()\n  local x = nil\n  return x.y\nend")
    try await script.load()
    let failure = await (try script.call()).result().failure
    #expect(failure == .raised("test.lua:3: attempt to index a nil value (local 'x')"))
  }

  @Test func manyThreadsRunManyStates() async throws {
    let scripts = try (0..<20).map { _ in
      try Script("return function(n) local t = {} for i = 1, n do t[i] = i end return #t end")
    }
    for script in scripts { try await script.load() }
    await withTaskGroup(of: Void.self) { group in
      for round in 0..<50 {
        for script in scripts {
          group.addTask {
            let result = try? await script.state.call("run", [.value(.integer(Int64(round)))], budget: Script.budget)
            #expect((try? result?.get()) == [.integer(Int64(round))])
          }
        }
      }
    }
  }
}

@Suite struct DocumentTests {
  /// A list of names with a writer.
  final class Names: LuaDocument {
    var names = ["a", "b"]
    var log: [String] = []
    func member(of node: Int, at key: LuaKey) throws(LuaRaise) -> LuaMember {
      switch (node, key) {
      case (0, .name("names")): .node(1)
      case (1, .position(let index)) where names.indices.contains(index - 1): .scalar(.string(names[index - 1]))
      case (1, .position): .absent
      default: throw LuaRaise("no field '\(key)'")
      }
    }
    func assign(_ value: JSONValue, at key: LuaKey, of node: Int) throws(LuaRaise) {
      guard case .position(let index) = key, let text = value.stringValue, index == names.count + 1 else {
        throw LuaRaise("only names can be added")
      }
      names.append(text)
    }
    func length(of node: Int) -> Int { node == 1 ? names.count : 0 }
    func entry(of node: Int, at position: Int) throws(LuaRaise) -> (key: LuaKey, member: LuaMember)? {
      names.indices.contains(position) ? (.position(position + 1), .scalar(.string(names[position]))) : nil
    }
    func value(of node: Int) -> JSONValue { .array(names.map { .string($0) }) }
  }

  @Test func eventTablesBehaveAsTables() async throws {
    let script = try Script(
      """
      local kept
      return function(event)
        if not event then return kept.names end
        kept = event
        local seen = {}
        for i, name in ipairs(event.names) do seen[i] = name end
        for _, name in pairs(event.names) do seen[#seen + 1] = name end
        table.insert(event.names, "c")
        return seen, #event.names, type(event.names), table.concat(event.names, ","), event.names == event.names,
          pcall(function() event.names.x = 1 end), event.names, tostring(event.names), (select(2, pcall(next, event)))
      end
      """)
    try await script.load()
    let document = Names()
    let result = try await script.call(.document(document)).result().get()
    #expect(result[0] == ["a", "b", "a", "b"])
    #expect(result[1] == 3)
    #expect(result[2] == "table")
    #expect(result[3] == "a,b,c")
    #expect(result[4] == true)
    #expect(result[5] == false)
    #expect(document.names == ["a", "b", "c"])
    let later = await (try script.call()).result().failure
    #expect("\(try #require(later))".contains("belongs to a call that has ended"))
  }
}

@Suite struct SharedCoroutineTests {
  /// A coroutine that waits on behalf of one call is not to be had by another.
  @Test func aWaitingCoroutineIsItsCallsOwn() async throws {
    let gate = AsyncStream<Void>.makeStream()
    let started = AsyncStream<Void>.makeStream()
    let script = try Script(
      """
      local co
      return function(first)
        if first then
          co = coroutine.create(function() return host("wait") end)
          return select(2, coroutine.resume(co))
        end
        local ok, why = coroutine.resume(co)
        local closed, text = pcall(coroutine.close, co)
        return ok, why, closed, text
      end
      """,
      functions: [
        "wait": { _, _ in
          .wait {
            started.continuation.yield()
            for await _ in gate.stream { break }
            return .values(["answered"])
          }
        }
      ])
    try await script.load()
    async let first = script.call(.value(true)).result().get()
    for await _ in started.stream { break }
    let second = try await script.call(.value(false)).result().get()
    #expect(second[0] == false && second[2] == false)
    #expect("\(second[1])".contains("waits for the engine") && "\(second[3])".contains("waits for the engine"))
    gate.continuation.yield()
    #expect(try await first == ["answered"])
  }
}
