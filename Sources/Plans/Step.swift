public import JSON

/// Where a step happens.
public enum Site: String, Sendable, Hashable, CaseIterable {
  /// The namespaces of the daemon.
  case host
  /// The container's network namespace.
  case netns
  /// The container's mount namespace: applied by the container's first process, never by the daemon.
  case mntns
}

/// What every kind of step says about itself; the executor has apply, undo, compare and show for each.
public protocol StepPayload: Sendable, Hashable {
  /// The key that names the step in its table.
  static var verb: String { get }
  /// The sites where the step makes sense; the first is the default.
  static var sites: [Site] { get }
  /// What `engine.ref("id.FIELD")` may ask of its result.
  static var results: [String] { get }

  init(from reader: inout StepReaderBox) throws(PlanError)

  /// The fields in their canonical order, the verb first; those left out have their default.
  var fields: JSONObject { get }

  /// What the step makes, as one name: two steps with the same subject mean the same thing.
  var subject: String { get }
}

extension StepPayload {
  public static var results: [String] { [] }
  public static var sites: [Site] { [.host] }
}

/// The reader of one step's table, opaque outside this module.
public struct StepReaderBox {
  var reader: StepReader
}

/// One thing that a plan wants to be there: a flat table whose verb is its name key.
///
/// `{ "link": "br0", "kind": "bridge", "mtu": 1500 }`. Any step may carry `id`, so that later fields can name its
/// result, and `site`.
public struct Step: Sendable, Hashable {
  public var id: String?
  public var site: Site
  public var action: Action

  public init(_ action: Action, id: String? = nil, site: Site? = nil) {
    self.action = action
    self.id = id
    self.site = site ?? type(of: action.payload).sites[0]
  }

  public var verb: String { type(of: action.payload).verb }

  /// What the step makes, with its place: `host link br0`.
  public var subject: String { "\(site.rawValue) \(verb) \(action.payload.subject)" }

  public var json: JSONValue {
    let payload = action.payload
    var object = payload.fields
    if let id { object["id"] = .string(id) }
    if site != type(of: payload).sites[0] { object["site"] = .string(site.rawValue) }
    return .object(object)
  }

  /// Strict: unknown verbs and fields, wrong types and values are refused, with the nearest name.
  public init(json: JSONValue) throws(PlanError) {
    guard case .object(let table) = json else { throw PlanError("a step is a table, not \(json.kind)", path: "") }
    let kind = try Self.kind(of: table)
    var box = StepReaderBox(reader: StepReader(table))
    id = try box.reader.string("id")
    if let id, id.isEmpty || id.contains(".") {
      throw PlanError("an id is not empty and has no dot", path: "id")
    }
    let named = try box.reader.choice("site", Site.self)
    action = try Action.decode(kind, from: &box)
    try box.reader.finish(verb: kind.verb)
    if let named, !kind.sites.contains(named) {
      let sites = kind.sites.map(\.rawValue).joined(separator: " or ")
      throw PlanError("a \(kind.verb) step happens in \(sites), not in \(named.rawValue)", path: "site")
    }
    site = named ?? kind.sites[0]
  }

  /// `link` and `address` are verbs and also fields of others, so they count only where no other verb stands.
  private static func kind(of table: JSONObject) throws(PlanError) -> any StepPayload.Type {
    let fieldLike = [AddressStep.verb, LinkStep.verb]
    let present = table.keys.compactMap { key in Action.kinds.first { $0.verb == key } }
    let strong = present.filter { !fieldLike.contains($0.verb) }
    if strong.count > 1, let kind = strong.first(where: { $0.verb == CopyStep.verb }) { return kind }
    if strong.count > 1 {
      throw PlanError(
        "a step has one verb, this has \(strong.map { $0.verb }.joined(separator: " and "))", path: "")
    }
    if let kind = strong.first { return kind }
    for verb in fieldLike {
      if let kind = present.first(where: { $0.verb == verb }) { return kind }
    }
    let verbs = Action.kinds.map { $0.verb }
    let guess = table.keys.map { suggestion(for: $0, among: verbs) }.first { !$0.isEmpty } ?? ""
    throw PlanError(
      "no verb among \(table.keys.joined(separator: ", "))\(guess) (verbs: \(verbs.sorted().joined(separator: ", ")))",
      path: "")
  }

  /// The same step with every reference replaced by what `lookup` says it stands for.
  public func resolving(_ lookup: (Reference) -> JSONValue?) throws(PlanError) -> Step {
    let before = json
    var missing: Reference?
    let after = before.replacingReferences { reference in
      let value = lookup(reference)
      if value == nil { missing = missing ?? reference }
      return value
    }
    if let missing { throw PlanError("ref(\"\(missing)\") has no value", path: "") }
    return after == before ? self : try Step(json: after)
  }

  /// All references in the step's fields.
  public var references: [Reference] {
    var found: [Reference] = []
    _ = json.replacingReferences { reference in
      found.append(reference)
      return nil
    }
    return found
  }
}

extension JSONValue {
  /// Where `replace` returns nil the reference stays.
  func replacingReferences(_ replace: (Reference) -> JSONValue?) -> JSONValue {
    if let reference = Reference.read(self) { return replace(reference) ?? self }
    switch self {
    case .object(let object):
      return .object(JSONObject(object.map { ($0.key, $0.value.replacingReferences(replace)) }))
    case .array(let list):
      return .array(list.map { $0.replacingReferences(replace) })
    default:
      return self
    }
  }
}
