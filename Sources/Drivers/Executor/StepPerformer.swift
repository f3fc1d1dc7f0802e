import JSON
public import Plans

/// Apply, undo, compare and show of one kind of step. One file per kind in `Steps/`.
protocol StepPerformer: StepPayload {
  /// *Ensure*: the same thing already there and equal is `made: false`; there and different is a conflict.
  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord

  /// Takes back what `apply` made. What is gone already is fine.
  /// - Parameter record: nil when the daemon died before the step's outcome was written; then only what carries this
  ///   key's mark is ours.
  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison

  /// One line for people, without the site.
  var shown: String { get }
}

extension StepPerformer {
  /// The verb and the subject, then the other fields as `name value`.
  var shown: String {
    var words = ["\(Self.verb) \(subject)"]
    for (key, value) in fields where key != Self.verb && !subject.contains(value.stringValue ?? "\0") {
      words.append("\(key) \(value.stringValue ?? JSON.text(value))")
    }
    return words.joined(separator: ", ")
  }
}

extension Step {
  var performer: any StepPerformer {
    switch action {
    case .link(let step): step
    case .address(let step): step
    case .route(let step): step
    case .neighbour(let step): step
    case .fdb(let step): step
    case .sysctl(let step): step
    case .nft(let step): step
    case .nftElement(let step): step
    case .forward(let step): step
    case .port(let step): step
    case .dns(let step): step
    case .dir(let step): step
    case .file(let step): step
    case .mount(let step): step
    case .copy(let step): step
    case .seed(let step): step
    case .trash(let step): step
    }
  }

  /// Whether the container's first process does it, from the runtime's spec: mounts, and sysctls of its namespace.
  public var belongsToRuntime: Bool {
    if site == .mntns { return true }
    if case .sysctl = action { return site == .netns }
    return false
  }
}
