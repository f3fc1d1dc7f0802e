import JSON
import Testing

@testable import Lua

/// Scripts that try to run for ever, to take all memory or to get out. Each ends within twice its budget, its state is
/// retired, and another state works on.
@Suite struct HostileScriptTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let body: String
    var testDescription: String { name }
    init(_ name: String, _ body: String) {
      self.name = name
      self.body = body
    }
  }

  /// Each of these has to be killed, not merely to fail.
  static let killed: [Case] = [
    Case("a loop", "while true do end"),
    Case("a numeric loop", "for i = 1, math.maxinteger do end"),
    Case("a loop under pcall", "while true do pcall(function() while true do end end) end"),
    Case(
      "a loop under many pcalls",
      "local function f(n) pcall(n == 0 and function() while true do end end or f, n - 1); while true do end end f(100)"
    ),
    Case("a loop in an xpcall handler", "xpcall(function() error('x') end, function() while true do end end)"),
    Case(
      "an xpcall handler for the kill",
      "while true do xpcall(function() while true do end end, function() while true do end end) end"),
    Case("a handler that raises", "while true do xpcall(error, function() error('again') end) end"),
    Case("a coroutine", "coroutine.wrap(function() while true do end end)()"),
    Case(
      "coroutines for ever", "while true do coroutine.resume(coroutine.create(function() while true do end end)) end"),
    Case(
      "a coroutine that yields for ever",
      "local f = coroutine.wrap(function() while true do coroutine.yield() end end) while true do f() end"),
    Case(
      "nested coroutines",
      "local function deep() return coroutine.wrap(function() pcall(deep) while true do end end)() end deep()"),
    Case(
      "a closed coroutine",
      """
      local co = coroutine.create(function()
        local x <close> = setmetatable({}, { __close = function() while true do end end })
        coroutine.yield()
      end)
      coroutine.resume(co)
      coroutine.close(co)
      """),
    Case(
      "a coroutine killed and closed",
      """
      local co = coroutine.create(function()
        local x <close> = setmetatable({}, { __close = function() while true do end end })
        while true do end
      end)
      pcall(coroutine.resume, co)
      pcall(coroutine.close, co)
      while true do end
      """),
    Case(
      "a metamethod __index", "local t = setmetatable({}, { __index = function() while true do end end }) return t.x"),
    Case(
      "a metamethod __eq",
      "local m = { __eq = function() while true do end end } return setmetatable({}, m) == setmetatable({}, m)"),
    Case(
      "a metamethod __tostring", "return tostring(setmetatable({}, { __tostring = function() while true do end end }))"),
    Case("a metamethod __concat", "return setmetatable({}, { __concat = function() while true do end end }) .. 'x'"),
    Case("a metamethod __len", "return #setmetatable({}, { __len = function() while true do end end })"),
    Case(
      "a metamethod __pairs", "for _ in pairs(setmetatable({}, { __pairs = function() while true do end end })) do end"),
    Case("a metamethod __call", "setmetatable({}, { __call = function() while true do end end })()"),
    Case(
      "__index that recurses",
      "local t = setmetatable({}, { __index = function(t, k) local ok, v = pcall(function() return t[k .. 'x'] end) while true do end end }) return t.x"
    ),
    Case(
      "__close of a loop", "do local x <close> = setmetatable({}, { __close = function() while true do end end }) end"),
    Case(
      "__close while killed",
      "local x <close> = setmetatable({}, { __close = function() while true do end end }) while true do end"),
    Case(
      "many __close while killed",
      """
      local m = { __close = function() pcall(function() while true do end end) while true do end end }
      local function nest(n) local x <close> = setmetatable({}, m) if n > 0 then nest(n - 1) end while true do end end
      nest(100)
      """),
    Case(
      "a for loop's closing value",
      "for _ in function() return 1 end, nil, nil, setmetatable({}, { __close = function() while true do end end }) do break end"
    ),
    Case("an exponential pattern", "return ('a'):rep(40):match(('a?'):rep(28) .. ('a'):rep(28) .. 'b')"),
    Case("a polynomial pattern", "return ('a'):rep(100000):find('.-.-.-.-b')"),
    Case("a pattern in gsub", "return (('a'):rep(3000)):gsub('.-.-.-b', '')"),
    Case("a pattern in gmatch", "for _ in (('a'):rep(3000)):gmatch('.-.-.-b') do end"),
    Case("balanced matching of a large string", "local s = ('('):rep(200000) return s:find('%b()')"),
    Case("the frontier pattern", "local s = ('a'):rep(900000) while true do s:find('%f[b]x') end"),
    Case("plain find in a loop", "local s = ('a'):rep(1000000) while true do s:find('aaab', 1, true) end"),
    Case(
      "plain find of half a string",
      "local s = ('a'):rep(1000000) local p = ('a'):rep(500000) .. 'b' while true do s:find(p, 1, true) end"),
    Case(
      "a comparison function",
      "local t = {} for i = 1, 50 do t[i] = i end table.sort(t, function() while true do end end)"),
    Case(
      "a sort that never agrees",
      "local t = {} for i = 1, 200000 do t[i] = i end while true do table.sort(t, function() return true end) end"),
    Case("a replacement function", "('abc'):gsub('.', function() while true do end end)"),
    Case("a replacement table", "('abc'):gsub('.', setmetatable({}, { __index = function() while true do end end }))"),
    Case(
      "table.move again and again",
      "local t = {} for i = 1, 100000 do t[i] = i end while true do table.move(t, 1, 100000, 2) end"),
    Case(
      "table.move through metamethods",
      "local t = setmetatable({}, { __index = function() return 1 end, __newindex = function() end }) while true do table.move(t, 1, 4000000, 2) end"
    ),
    Case(
      "table.insert at the front",
      "local t = {} for i = 1, 100000 do t[i] = i end while true do table.insert(t, 1, 0) table.remove(t, 1) end"),
    Case(
      "table.concat again and again",
      "local t = {} for i = 1, 100000 do t[i] = 'aaaa' end while true do table.concat(t) end"),
    Case(
      "next over removed keys",
      "local t = {} for i = 1, 200000 do t['k' .. i % 100000] = 1 end for k in pairs(t) do t[k] = nil end while true do next(t) end"
    ),
    Case(
      "large strings compared",
      "local a, b = ('a'):rep(900000) .. 'x', ('a'):rep(900000) .. 'y' while true do local _ = a < b end"),
    Case("large strings joined", "local a = ('a'):rep(500000) while true do local _ = a .. 'x' end"),
    Case("string.upper of a large string", "local a = ('a'):rep(900000) while true do a:upper() end"),
    Case(
      "string.format of a large string", "local a = ('a'):rep(900000) while true do string.format('%s|%s', a, '') end"),
    Case("utf8.len of a large string", "local a = ('a'):rep(900000) while true do utf8.len(a) end"),
    Case(
      "an error for ever",
      "while true do pcall(error, setmetatable({}, { __tostring = function() while true do end end })) end"),
    Case("recursion for ever under pcall", "local function f() return pcall(f) end while true do f() end"),
    Case("endless recursion", "local function f() return 1 + f() end f()"),
    Case(
      "a table that is rehashed",
      "local t = {} for i = 1, 60000 do t[i .. ''] = i end local n = 0 while true do n = n + 1 t[n .. ''] = nil t['x' .. n] = n end"
    ),
    Case("a table bomb", "local t = {} while true do t[#t + 1] = {} end"),
    Case("a string bomb", "local s = 'x' while true do s = s .. s end"),
    Case(
      "a string bomb under pcall", "while true do pcall(function() local s = 'x' while true do s = s .. s end end) end"),
    Case(
      "a closure bomb under pcall",
      "local t = {} while true do pcall(function() while true do local n = #t t[n + 1] = function() return n end end end) end"
    ),
    Case("a coroutine bomb", "local t = {} while true do t[#t + 1] = coroutine.create(function() end) end"),
    Case(
      "a bomb at the limit",
      "local t = {} pcall(function() for i = 1, 55000 do t[i] = { i, i } end end) while true do local x = ('x'):rep(800000) end"
    ),
    Case("a stack bomb of varargs", "local function f(...) return f(1, ...) end f()"),
    Case("string.pack of padding", "return string.pack('c100000000', 'x')"),
    Case(
      "a loop in a host call's metamethod",
      "host('nothing', setmetatable({}, { __index = function() while true do end end })) while true do end"),
  ]

  @Test(arguments: killed) func isKilled(_ script: Case) async throws {
    let (result, cpu, state) = try await run(script.body)
    guard case .killed = try #require(result.failure, "the script ended by itself") else {
      Issue.record("raised instead of being killed: \(result)")
      return
    }
    #expect(cpu <= .milliseconds(200), "used \(cpu)")
    #expect(state.isRetired)
    let other = try await Script.run("return function(x) return x end", "still here")
    #expect(other == ["still here"])
  }

  /// These end with an error of their own, quickly, and leave the state in service.
  static let refused: [Case] = [
    Case("string.rep of nothing", "assert(string.rep('', math.maxinteger) == '') error('resulting string too large')"),
    Case("string.rep of something", "return ('x'):rep(math.maxinteger)"),
    Case("string.rep with a separator", "return (''):rep(1 << 40, 'x')"),
    Case("table.move over a huge range", "table.move({}, 1, math.maxinteger - 1, 2)"),
    Case("table.move over a negative range", "table.move({}, math.mininteger, math.maxinteger, 2)"),
    Case("table.concat of a huge range", "return table.concat({ 'x' }, '', 1, math.maxinteger)"),
    Case(
      "table.concat with a false length",
      "return table.concat(setmetatable({}, { __len = function() return math.maxinteger end }))"),
    Case("table.unpack of a huge range", "return table.unpack({}, 1, 1e8)"),
    Case("table.unpack from the ends", "return table.unpack({}, math.mininteger, math.maxinteger)"),
    Case(
      "table.sort with a false length",
      "table.sort(setmetatable({}, { __len = function() return math.maxinteger end }))"),
    Case(
      "table.insert with a false length",
      "table.insert(setmetatable({}, { __len = function() return math.maxinteger end }), 1, 1)"),
    Case(
      "table.remove with a false length", "table.remove(setmetatable({}, { __len = function() return 1 << 40 end }), 1)"
    ),
    Case("string.byte of a large string", "return ('x'):rep(100000):byte(1, -1)"),
    Case("utf8.codepoint of a large string", "return utf8.codepoint(('x'):rep(100000), 1, -1)"),
    Case("a deep pattern", "return ('x'):rep(1000):match(('(x'):rep(1000))"),
    Case("__gc", "setmetatable({}, { __gc = function() while true do end end })"),
    Case("weak keys", "setmetatable({}, { __mode = 'k' })"),
    Case("the string metatable", "getmetatable('').__index = nil"),
    Case("the string library", "string.format = nil"),
    Case("the string library by rawset", "rawset(string, 'format', nil)"),
    Case("a protected metatable", "setmetatable(string, {})"),
    Case("a global", "x = 1"),
    Case("a global through _G", "_G.x = 1"),
    Case("a global through _ENV", "_ENV.print = nil"),
    Case("the metatable of _ENV", "getmetatable(_ENV).__newindex = nil"),
    Case("rawset of a global", "rawset(_G, 'x', 1)"),
    Case("load", "load('return 1')()"),
    Case("dofile", "dofile('/etc/passwd')"),
    Case("io", "io.open('/etc/passwd')"),
    Case("os", "os.execute('true')"),
    Case("debug", "debug.getregistry()"),
    Case("string.dump", "string.dump(function() end)"),
    Case("collectgarbage", "collectgarbage('stop')"),
    Case("a yield out of the call", "coroutine.yield()"),
    Case("a coroutine that resumes itself", "local co co = coroutine.wrap(function() co() end) co()"),
    Case("an argument that contains itself", "local t = {} t.t = t host('nothing', t)"),
    Case(
      "an argument that is shared exponentially", "local t = {} for i = 1, 60 do t = { t, t } end host('nothing', t)"),
    Case("an argument that is deep", "local t = {} for i = 1, 1000 do t = { t } end host('nothing', t)"),
    Case("an argument with a hole", "host('nothing', { [1] = 1, [3] = 3 })"),
    Case("a function as argument", "host('nothing', function() end)"),
    Case("infinity as argument", "host('nothing', math.huge)"),
    Case(
      "an error object that hangs",
      "error(setmetatable({}, { __tostring = function() while true do end end, __name = 'x' }))"),
    Case("an error object without text", "error({ code = 1 })"),
    Case("nil as error", "error()"),
    Case("deep metatables", "local t = {} for i = 1, 3000 do t = setmetatable({}, { __index = t }) end return t.x.y"),
    Case(
      "nested tostring",
      "local m = {} m.__tostring = function(t) return tostring(t) end return tostring(setmetatable({}, m))"),
  ]

  @Test(arguments: refused) func isRefused(_ script: Case) async throws {
    let (result, cpu, state) = try await run(script.body)
    guard case .raised(let message) = try #require(result.failure, "the script ended by itself: \(result)") else {
      Issue.record("killed instead of refused: \(result)")
      return
    }
    #expect(cpu <= .milliseconds(200), "used \(cpu)")
    #expect(!state.isRetired, "\(message)")
  }

  @Test func bytecodeIsRefused() async throws {
    let script = try Script("\u{1B}Lua\u{54}")
    let result = try await script.call(entry: "load").result()
    #expect("\(try #require(result.failure))".contains("binary chunk"))
  }

  /// What is written into a metatable after it was set has no effect where it would be dangerous.
  @Test func lateFinalizersAndWeakModesDoNothing() async throws {
    let result = try await Script.run(
      """
      return function()
        local meta = {}
        local object = setmetatable({}, meta)
        meta.__gc = function() while true do end end
        meta.__mode = 'k'
        object = nil
        for i = 1, 20000 do local garbage = { i } end
        return 'done'
      end
      """)
    #expect(result == ["done"])
  }

  @Test func metatablesOtherwiseBehave() async throws {
    let result = try await Script.run(
      """
      local Class = {} Class.__index = Class
      function Class.new(x) return setmetatable({ x = x }, Class) end
      function Class:twice() return self.x * 2 end
      Class.__add = function(a, b) return Class.new(a.x + b.x) end
      return function()
        local a = Class.new(3)
        local seen = {}
        for k in pairs(Class) do seen[#seen + 1] = k end
        table.sort(seen)
        return a:twice(), (a + a).x, getmetatable(a) == Class, table.concat(seen, ' ')
      end
      """)
    #expect(result == [6, 6, true, "__add __index new twice"])
  }

  private func run(_ body: String) async throws -> (Result<[JSONValue], LuaFailure>, Duration, LuaState) {
    let nothing: Script.Function = { _, _ in .values([]) }
    let script = try Script("return function()\n\(body)\nend", functions: ["nothing": nothing])
    try await script.load()
    let call = try script.call()
    let result = await call.result()
    return (result, call.cpu, try script.state)
  }
}
