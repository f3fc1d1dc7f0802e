import JSON
import Lua

/// One call of a rule inside a job: a fresh state is loaded first where the hook's last one was retired.
///
/// Unchecked because it is used by the job that owns it, one step after the other.
final class RuleCall: @unchecked Sendable {
  private let rule: HookSet.BoundRule
  private let entry: String
  private let document: EventDocument
  private let budget: LuaBudget
  private let context: ScriptContext
  private var invocation: LuaInvocation?
  private var isLoading = false

  init(_ rule: HookSet.BoundRule, document: EventDocument, services: any HookServices) {
    self.rule = rule
    self.document = document
    entry = rule.rule.verb.rawValue
    let phase: ScriptContext.Phase
    switch rule.rule.verb {
    case .mutate: phase = .mutate
    case .gate: phase = .gate
    case .observe: phase = .observe
    }
    budget = rule.hook.settings.limits.budget(rule.rule.verb == .observe ? .observe : .decision)
    context = ScriptContext(phase, script: rule.hook.name, rule: rule.rule.id, services: services)
  }

  func advance(for job: any LuaJob, on threads: LuaThreads) -> LuaInvocation.Progress {
    while true {
      if invocation == nil, let failure = begin() { return .finished(.failure(failure)) }
      guard let invocation else { return .finished(.failure(.raised("the rule could not be called"))) }
      let progress = invocation.advance(for: job, on: threads)
      guard isLoading, case .finished(let result) = progress else { return progress }
      isLoading = false
      self.invocation = nil
      switch result {
      case .success: rule.hook.runtime.install(invocation.call.state)
      case .failure(let failure): return .finished(.failure(failure))
      }
    }
  }

  private func begin() -> LuaFailure? {
    guard let state = rule.hook.runtime.warm else {
      do throws(LuaError) {
        invocation = LuaInvocation(try rule.hook.runtime.loading())
        isLoading = true
        return nil
      } catch {
        return .raised(error.message)
      }
    }
    let config = EventDocument(
      rule.hook.config, schema: rule.hook.configSchema, label: "config",
      readOnly: "the configuration cannot be changed by a script")
    invocation = LuaInvocation(
      LuaCall(
        of: state, entry: entry,
        arguments: [.value(.integer(Int64(rule.rule.index))), .document(document), .document(config)],
        budget: budget, context: context))
    return nil
  }
}
