import JSON
import Synchronization

@testable import Lua

/// A state with one script in it: `main` is compiled by the entry `load` and its result called by `run`.
final class Script: LuaHost {
  typealias Function = @Sendable ([JSONValue], LuaCall) -> LuaReply

  private let text: String
  private let functions: [String: Function]
  private let made = Mutex<LuaState?>(nil)

  static let prelude = LuaChunk(
    label: "=harness",
    text: """
      local prim = ...
      local error, select = error, select
      local host = prim.host
      local main
      prim.globals.host = function(...) return host(...) end
      prim.globals.null = prim.null
      prim.globals.array = prim.array
      prim.entries.load = function()
        local chunk, message = prim.compile("main")
        if not chunk then error(message, 0) end
        main = chunk()
      end
      prim.entries.run = function(...) return main(...) end
      """)

  init(_ text: String, functions: [String: Function] = [:], limits: LuaLimits = LuaLimits()) throws {
    self.text = text
    self.functions = functions
    let state = try LuaState(host: self, limits: limits, preludes: [Self.prelude])
    made.withLock { $0 = state }
  }

  var state: LuaState {
    get throws {
      guard let state = made.withLock({ $0 }) else { throw LuaError("no state") }
      return state
    }
  }

  static let budget = LuaBudget(cpu: .milliseconds(100), wall: .seconds(60))

  func call(_ arguments: LuaArgument..., entry: String = "run", budget: LuaBudget = Script.budget) throws -> LuaCall {
    LuaCall(of: try state, entry: entry, arguments: arguments, budget: budget)
  }

  func load() async throws {
    _ = try await call(entry: "load").result().get()
    try state.freeze()
  }

  /// Loads `return function(…) … end` and calls it.
  static func run(
    _ text: String, _ arguments: JSONValue..., functions: [String: Function] = [:], limits: LuaLimits = LuaLimits()
  ) async throws -> [JSONValue] {
    let script = try Script(text, functions: functions, limits: limits)
    try await script.load()
    let call = LuaCall(
      of: try script.state, entry: "run", arguments: arguments.map { .value($0) }, budget: Script.budget)
    return try await call.result().get()
  }

  func call(_ arguments: [JSONValue], in call: LuaCall?, canWait: Bool) -> LuaReply {
    guard let call, let name = arguments.first?.stringValue, let function = functions[name] else {
      return .raise("no host function")
    }
    return function(Array(arguments.dropFirst()), call)
  }

  func chunk(named name: String) -> Result<LuaChunk, LuaError> {
    name == "main" ? .success(LuaChunk(label: "test.lua", text: text)) : .failure(LuaError("no chunk \(name)"))
  }
}

extension Result where Failure == LuaFailure {
  var failure: LuaFailure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}
