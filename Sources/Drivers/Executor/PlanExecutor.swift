import JSON
import LinuxSystem
import Netlink
import Nftables
public import Plans

/// Applies plans, compares them with the kernel, takes them back and shows them.
///
/// Synchronous: a step takes microseconds to a few milliseconds, a `copy` or `seed` as long as the disk, the removal of
/// an interface 10 to 30 ms. The daemon calls it on its blocking threads, never on one of Swift's pool. Calls for
/// *different* keys may run at the same time; the engine lets those for one key follow one another.
///
/// The executor works in the network namespace of the thread on which it was made, and its `sysctl` steps in that of
/// the thread that calls it.
public final class PlanExecutor: Sendable {
  let kernel: KernelAccess
  /// The daemon's id, part of every mark.
  public var daemon: String { kernel.daemon }

  /// - Parameter daemon: at most 16 letters and digits.
  public init(daemon: String) throws {
    kernel = try KernelAccess(daemon: daemon)
  }

  public func mark(_ key: String) -> OwnerMark { OwnerMark(daemon: daemon, key: key) }

  /// What an application gave: the plan with its results, and the sockets that hold its ports (the shim's to keep).
  public struct Application: Sendable {
    public var applied: AppliedPlan
    public var reserved: [ReservedSocket]
  }

  /// Applies what is not applied yet of an intent, in order. On failure everything that this plan made is undone again,
  /// in reverse, with all errors collected.
  ///
  /// - Parameters:
  ///   - before: called before each step with its position; a test lets the daemon die here.
  ///   - progress: called after each step, so that the outcome can be recorded. Not for steps of the runtime.
  public func apply(
    _ intent: AppliedPlan, sites: Sites = Sites(), before: (Int) -> Void = { _ in },
    progress: (AppliedPlan) throws -> Void = { _ in }
  ) throws -> Application {
    var applied = intent
    let context = StepContext(kernel: kernel, sites: sites, mark: mark(intent.key))
    for position in applied.plan.steps.indices {
      let step: Step
      do {
        step = try applied.plan.steps[position].resolving(applied.lookup)
        if step.belongsToRuntime { continue }
        before(position)
        // A step that was done before a crash is ensured once more: it costs a look and repairs what is gone. That it
        // was made by us stays known.
        let madeBefore = applied.steps[position]?.made ?? false
        var record = try step.performer.apply(step.site, context)
        record.made = record.made || madeBefore
        applied.steps[position] = record
        try progress(applied)
      } catch {
        var failure = Self.failure(error)
        failure.step = applied.plan.steps[position].subject
        // The failed step itself may have got half-way: it is undone by its mark alone.
        applied.steps[position] = applied.steps[position] ?? nil
        failure.afterwards = undo(applied, sites: sites, through: position).map(\.description)
        throw failure
      }
    }
    applied.state = .applied
    return Application(applied: applied, reserved: context.reserved)
  }

  /// Takes back every step in reverse, going on after errors; answers all of them.
  ///
  /// Steps in a network namespace that is not given are left to its end.
  @discardableResult
  public func undo(_ applied: AppliedPlan, sites: Sites = Sites()) -> [PlanFailure] {
    undo(applied, sites: sites, through: applied.plan.steps.count - 1)
  }

  private func undo(_ applied: AppliedPlan, sites: Sites, through last: Int) -> [PlanFailure] {
    let context = StepContext(kernel: kernel, sites: sites, mark: mark(applied.key))
    var failures: [PlanFailure] = []
    for position in (0...max(last, 0)).reversed() where position < applied.plan.steps.count {
      // A reference whose step never ran: this step did not either.
      guard let step = applied.resolved(position), !step.belongsToRuntime else { continue }
      if step.site == .netns, sites.netns == nil { continue }
      do {
        try step.performer.undo(step.site, applied.steps[position], context)
      } catch {
        var failure = Self.failure(error)
        failure.step = step.subject
        failures.append(failure)
      }
    }
    return failures
  }

  /// How the kernel compares, step by step.
  public func compare(_ applied: AppliedPlan, sites: Sites = Sites()) throws -> [Comparison] {
    let context = StepContext(kernel: kernel, sites: sites, mark: mark(applied.key))
    return try applied.plan.steps.indices.map { position in
      guard let step = applied.resolved(position), !step.belongsToRuntime else { return .unseen }
      if step.site == .netns, sites.netns == nil { return .unseen }
      return try step.performer.compare(step.site, applied.steps[position], context)
    }
  }

  /// Turns one plan of a key into another: what is no longer wanted is undone, what is new applied; what is the same
  /// is ensured.
  public func update(
    _ applied: AppliedPlan, to plan: Plan, sites: Sites = Sites(), progress: (AppliedPlan) throws -> Void = { _ in }
  ) throws -> Application {
    let difference = PlanDifference(from: applied.plan, to: plan)
    var leaving = applied
    // Undone by the same code as a whole plan: what stays is made to look as if it had not been made by us.
    for position in leaving.plan.steps.indices
    where !difference.removed.contains(position) && !difference.changed.contains(where: { $0.old == position }) {
      leaving.steps[position] = StepRecord(made: false, result: applied.steps[position]?.result ?? [:])
    }
    let failures = undo(leaving, sites: sites)
    if let first = failures.first { throw first }
    var intent = AppliedPlan(key: applied.key, plan: plan)
    for (old, new) in difference.kept { intent.steps[new] = applied.steps[old] }
    return try apply(intent, sites: sites, progress: progress)
  }

  /// What other programs may have undone behind us and what can be put back at any time: the rules that pass by their
  /// forward policy. A look costs some ten microseconds, so it is taken at every attach.
  ///
  /// - Returns: sentences for the administrator about what cannot be put right from here.
  @discardableResult
  public func refreshForwarding(_ applied: AppliedPlan) throws -> [String] {
    let context = StepContext(kernel: kernel, sites: Sites(), mark: mark(applied.key))
    var advice: [String] = []
    for position in applied.plan.steps.indices {
      guard let step = applied.resolved(position), case .forward(let forward) = step.action else { continue }
      let record = try forward.apply(step.site, context)
      if let sentence = record.result["warning"]?.stringValue { advice.append(sentence) }
    }
    return advice
  }

  /// The plan for people: one line per step, `+` what it makes, where, and how.
  public static func show(_ plan: Plan) -> [String] {
    plan.steps.map { step in
      let place = step.site == .host ? "" : "[\(step.site.rawValue)] "
      return "\(place)\(step.performer.shown)" + (step.id.map { " (id \($0))" } ?? "")
    }
  }

  static func failure(_ error: any Error) -> PlanFailure {
    switch error {
    case let failure as PlanFailure: failure
    case let error as NetlinkError: PlanFailure(error.errno == .exists ? .conflict : .kernel, "\(error)")
    case let error as SystemError: PlanFailure(error.errno == .noSpace ? .full : .kernel, "\(error)")
    case let error as NftError:
      if case .conflict = error { PlanFailure(.conflict, "\(error)") } else { PlanFailure(.kernel, "\(error)") }
    case let error as PlanError: PlanFailure(.invalid, "\(error)")
    default: PlanFailure(.kernel, "\(error)")
    }
  }
}
