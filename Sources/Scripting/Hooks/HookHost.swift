public import JSON
public import Logging
import Lua
import Synchronization

/// `HOOK/RULE`: a rule that observes.
public typealias ObserverID = String

/// How a delivery to an observer ended.
public enum Delivery: Sendable, Hashable {
  case done
  /// The observer does not want it: `return engine.drop("why")`; or it is gone.
  case dropped(String)
  /// It raised or was stopped; the queue tries again.
  case failed(RuleFailure)
}

/// The site's hooks: loaded from a directory, reloaded when it changes, asked before and told after every operation.
///
/// Example: `let host = HookHost(directory: "/etc/moonpool/hooks", services: services, logger: logger)`, then
/// `await host.start()` and, for each operation,
/// `let decision = await host.evaluate(.create, payload: payload, schema: schema)`.
public final class HookHost: Sendable {
  /// Where the hooks lie; nil for none.
  public let directory: String?
  /// Where the last good versions are kept, by digest; nil to keep none.
  public let versions: String?
  let services: any HookServices
  let logger: Logger
  let threads: LuaThreads
  let installed: Mutex<HookSet>
  let watch: Mutex<DirectoryWatch?> = Mutex(nil)
  let reloading = AsyncLane()

  /// - Parameter versions: a directory of the daemon's own, made when needed: a hook whose newest files do not load is
  ///   served from there after a restart too.
  public init(directory: String?, versions: String? = nil, services: any HookServices, logger: Logger) {
    self.directory = directory
    self.versions = versions
    self.services = services
    self.logger = logger
    threads = .shared
    installed = Mutex(HookSet())
  }

  /// A host with these hooks and no directory: for tests of scripts.
  init(only set: HookSet, services: any HookServices) {
    directory = nil
    versions = nil
    self.services = services
    logger = Logger(label: "hooks") { _ in SwiftLogNoOpLogHandler() }
    threads = .shared
    installed = Mutex(set)
  }

  /// Loads every hook and watches the directory from now on. Never fails: what does not load is in `status`, and keeps
  /// operations closed where HOOKS.md §3 says so.
  public func start() async {
    if let directory {
      // Before the first load, so that no change between the two is missed.
      let watch = DirectoryWatch(directory, quiet: .milliseconds(300)) { [weak self] in await self?.reload() }
      self.watch.withLock { $0 = watch }
      watch.start()
    }
    await reload()
  }

  /// Ends the watch; operations that run keep the hooks they started with.
  public func stop() {
    watch.withLock { watch in
      watch?.stop()
      watch = nil
    }
  }

  /// The hooks in force now; an operation uses the one set from its start to its end.
  public func pin() -> HookSet { installed.withLock { $0 } }

  /// What is loaded, from where, which version, and why something is not: for `hooks ls`.
  public var status: [HookStatus] { pin().status }

  /// Whether any rule wants to be asked about an event; nothing need be built for one that none wants.
  public func hasRules(for event: EventName) -> Bool {
    let set = pin()
    return set.closedReason(for: event) != nil || !set.rules(event, .mutate).isEmpty || !set.rules(event, .gate).isEmpty
  }

  /// Asks all mutates, then all gates, in one visit to a Lua thread.
  ///
  /// - Parameters:
  ///   - payload: the event's fields as HOOKS.md §2 lists them, normalised (`EventNormalizer`); `id`, `name`, `time`,
  ///     `decision` and `dry` are added where absent.
  ///   - schema: the kinds of the payload's fields, `.record(["container": FieldSchema(of: …)])`; what it does
  ///     not say comes from `EventSchemas`, which is all of it where none is given.
  ///   - validate: a further check of an assignment, with the field's path as in `Change.field` and the new value
  ///     (null when it is removed); a text refuses it at that line of the script.
  ///   - hooks: as pinned when the operation began; the present ones otherwise.
  public func evaluate(
    _ event: EventName, payload: JSONObject, schema: FieldSchema? = nil,
    validate: @escaping @Sendable (_ field: String, _ value: JSONValue) -> String? = { _, _ in nil },
    dry: Bool = false, hooks: HookSet? = nil
  ) async -> Decision {
    let set = hooks ?? pin()
    let id = DecisionID.make()
    let payload = complete(payload, event: event, decision: id, dry: dry)
    if let reason = set.closedReason(for: event) {
      var decision = Decision(id: id, event: event, verdict: .deny, payload: payload)
      decision.denials = [reason]
      return decision
    }
    let mutates = set.rules(event, .mutate)
    let gates = set.rules(event, .gate)
    if mutates.isEmpty && gates.isEmpty { return Decision(id: id, event: event, payload: payload) }
    let phase = Phase(
      event: EventDefinition.of(event), decision: id, payload: payload,
      schema: schema.map { EventSchemas.of(event).merging($0) } ?? EventSchemas.of(event), validate: validate,
      mutates: mutates, gates: gates, services: services, threads: threads)
    return await phase.run()
  }

  /// The observers of an event, in their order.
  public func observers(for event: EventName) -> [ObserverID] {
    pin().rules(event, .observe).map(\.id)
  }

  /// Tells one observer. Whoever keeps the queue calls again after `.failed`.
  /// - Parameter payload: as it was journaled; `id` must be the same at each attempt.
  public func deliver(_ event: EventName, payload: JSONObject, to observer: ObserverID) async -> Delivery {
    guard let rule = pin().rules(event, .observe).first(where: { $0.id == observer }) else {
      return .dropped("the observer \(observer) is not loaded any more")
    }
    return await Observation(
      rule: rule, event: EventDefinition.of(event), payload: complete(payload, event: event, decision: nil, dry: false),
      services: services, threads: threads
    ).run()
  }

  private func complete(_ payload: JSONObject, event: EventName, decision: String?, dry: Bool) -> JSONObject {
    var payload = payload
    if payload["id"] == nil { payload["id"] = .string(decision ?? DecisionID.make()) }
    payload["name"] = .string(event.rawValue)
    if payload["time"] == nil { payload["time"] = .number(services.now) }
    if let decision { payload["decision"] = .string(decision) }
    payload["dry"] = .bool(dry)
    return payload
  }
}

enum DecisionID {
  /// 16 hexadecimal digits.
  static func make() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
