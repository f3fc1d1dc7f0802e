/// The hooks in force at one moment, in order. An operation uses one from its start to its end.
public struct HookSet: Sendable {
  /// A rule with its hook.
  struct BoundRule: Sendable {
    let hook: LoadedHook
    let rule: LoadedHook.Rule
    let mode: RuleMode
    var id: String { "\(hook.name)/\(rule.id)" }
  }

  private struct Key: Hashable {
    let event: EventName
    let verb: Verb
  }

  private(set) var hooks: [LoadedHook] = []
  private var order: [Key: [BoundRule]] = [:]
  var status: [HookStatus] = []
  /// Why nothing may be pulled, created, started or executed.
  var closed: Opinion?

  init() {}

  /// - Throws: naming both, when two hooks want to be before each other.
  init(_ hooks: [LoadedHook]) throws(ScriptError) {
    self.hooks = hooks.sorted { $0.name < $1.name }
    var lists: [Key: [BoundRule]] = [:]
    for hook in self.hooks {
      for rule in hook.rules {
        let mode = hook.settings.mode(of: rule.id)
        if mode == .off { continue }
        lists[Key(event: rule.event, verb: rule.verb), default: []].append(
          BoundRule(hook: hook, rule: rule, mode: mode))
      }
    }
    for (key, rules) in lists {
      do throws(HookOrder.Cycle) {
        order[key] = try HookOrder.sort(rules)
      } catch {
        throw ScriptError(
          "\(error.first) and \(error.second) each want to be before the other in the \(key.verb.rawValue)s of "
            + "\(key.event.rawValue): change their before or after")
      }
    }
  }

  func rules(_ event: EventName, _ verb: Verb) -> [BoundRule] { order[Key(event: event, verb: verb)] ?? [] }

  private static let closedEvents: Set<EventName> = [.pull, .create, .start, .exec]

  func closedReason(for event: EventName) -> Opinion? { Self.closedEvents.contains(event) ? closed : nil }
}

/// The order of the rules of one event and verb: `before` and `after`, then the site's priority (higher first), then
/// name, then declaration. The same on every start.
enum HookOrder {
  struct Cycle: Error, Sendable, Hashable {
    let first: String
    let second: String
  }

  static func sort(_ rules: [HookSet.BoundRule]) throws(Cycle) -> [HookSet.BoundRule] {
    if rules.count < 2 { return rules }
    let ranked = rules.sorted {
      ($1.hook.settings.priority, $0.hook.name, $0.rule.index) < (
        $0.hook.settings.priority, $1.hook.name, $1.rule.index
      )
    }
    func isNamed(_ rule: HookSet.BoundRule, _ names: [String]) -> Bool {
      names.contains { $0 == rule.hook.name || $0 == rule.id }
    }
    // predecessors[i]: which rules have to go before i.
    var predecessors = [Set<Int>](repeating: [], count: ranked.count)
    for (index, rule) in ranked.enumerated() {
      for (other, target) in ranked.enumerated() where other != index {
        let isOwn = target.hook.name == rule.hook.name
        if isOwn ? rule.rule.before.contains(target.id) : isNamed(target, rule.rule.before) {
          predecessors[other].insert(index)
        }
        if isOwn ? rule.rule.after.contains(target.id) : isNamed(target, rule.rule.after) {
          predecessors[index].insert(other)
        }
      }
    }
    var sorted: [HookSet.BoundRule] = []
    var remaining = Array(ranked.indices)
    var done: Set<Int> = []
    while !remaining.isEmpty {
      guard let position = remaining.firstIndex(where: { predecessors[$0].isSubset(of: done) }) else {
        throw cycle(in: remaining, predecessors, ranked)
      }
      let next = remaining.remove(at: position)
      done.insert(next)
      sorted.append(ranked[next])
    }
    return sorted
  }

  /// Two neighbours of a cycle: following predecessors among what is left comes back to a rule.
  private static func cycle(
    in remaining: [Int], _ predecessors: [Set<Int>], _ rules: [HookSet.BoundRule]
  ) -> Cycle {
    let left = Set(remaining)
    var seen: [Int] = []
    var current = remaining[0]
    while !seen.contains(current) {
      seen.append(current)
      current = predecessors[current].intersection(left).min() ?? current
    }
    let before = predecessors[current].intersection(left).min() ?? current
    return Cycle(first: rules[current].id, second: rules[before].id)
  }
}
