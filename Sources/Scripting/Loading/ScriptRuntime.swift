import JSON
import Lua
import Synchronization

/// A loaded script with its warm state. A state in which a call was killed is replaced by a fresh one, loaded from the
/// same files, when the next call needs it.
final class ScriptRuntime: Sendable {
  let files: ScriptFiles
  /// In messages and logs: "exit-log", "network/bridge".
  let label: String
  let limits: LuaLimits
  let services: any HookServices
  private let state = Mutex<LuaState?>(nil)

  init(files: ScriptFiles, label: String, limits: LuaLimits, services: any HookServices) {
    self.files = files
    self.label = label
    self.limits = limits
    self.services = services
  }

  /// The state for new calls; nil when one has to be made first.
  var warm: LuaState? {
    state.withLock { state in
      if let state, !state.isRetired { return state }
      return nil
    }
  }

  /// A call that loads the script into a new state; when it has finished, `install` its state.
  func loading() throws(LuaError) -> LuaCall {
    let state = try LuaState(
      host: ScriptHost(files: files, services: services), limits: limits, preludes: [enginePrelude, sealingPrelude])
    return LuaCall(
      of: state, entry: "load", arguments: [], budget: .load,
      context: ScriptContext(.load, script: label, rule: nil, services: services))
  }

  func install(_ state: LuaState) {
    state.freeze()
    self.state.withLock { $0 = state }
  }

  /// Loads the script for the first time and gives what it declares.
  /// - Parameter what: "hook" or "driver".
  func load(_ what: String) async throws(ScriptError) -> JSONObject {
    let call: LuaCall
    do throws(LuaError) {
      call = try loading()
    } catch {
      throw ScriptError("\(label): \(error.message)")
    }
    switch await call.result() {
    case .failure(.raised(let message)): throw ScriptError(message)
    case .failure(.killed(let kill)): throw ScriptError("\(label)/init.lua: \(kill) while it was loaded")
    case .success(let values):
      guard let declared = values.first?.objectValue else { throw ScriptError("\(label): nothing was declared") }
      guard declared["what"]?.stringValue == what else {
        throw ScriptError("\(label)/init.lua declares a \(declared["what"]?.stringValue ?? "nothing"), not a \(what)")
      }
      install(call.state)
      return declared
    }
  }
}
