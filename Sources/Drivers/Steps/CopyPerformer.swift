import CLinux
import JSON
import LinuxSystem
import Plans

extension CopyStep: StepPerformer {
  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    guard let source = try context.place(try from.get()).open([.directory, .noFollow]) else {
      throw PlanFailure(.notFound, "there is no directory \(try from.get()) to copy")
    }
    let place = try context.place(try path.get())
    return StepRecord(made: try TreeFilling(place, context).fill(from: source))
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    try TreeFilling.undo(try path.get(), record, context)
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    guard let there = try context.place(try path.get()).open() else { return .missing }
    return try there.status().isDirectory ? .equal : .different("it is no directory")
  }
}

/// Fills a directory that is absent or empty, all or nothing: beside it first, then renamed into its place. A crash
/// leaves the place empty, so that the next attempt fills it.
struct TreeFilling {
  private let place: PathPlace
  private let context: StepContext

  init(_ place: PathPlace, _ context: StepContext) {
    self.place = place
    self.context = context
  }

  /// - Returns: false when something was in the directory already.
  func fill(from source: borrowing OwnedDescriptor) throws -> Bool {
    _ = try place.makeParent(mark: context.mark)
    guard let parent = try place.parent() else { return false }
    if let there = try place.open([.directory, .noFollow]), try !Directory.names(in: there).isEmpty { return false }
    let temporary = ".\(place.name).filling"
    try Directory.removeAll(temporary, at: .descriptor(parent))
    try check(cl_mkdirat(parent.rawValue, temporary, 0o700), "mkdir", place.path)
    do {
      let into = try OwnedDescriptor.open(temporary, [.directory, .noFollow], at: .descriptor(parent))
      var copy = TreeCopy(into: into.rawValue)
      try copy.contents(of: source)
      // The mark of the directory that this one takes the place of.
      if let mark = OwnerMark.read(place.name, in: parent) { mark.put(on: temporary, in: parent) }
      // Over an empty directory a rename is allowed; over one that was filled meanwhile it is ENOTEMPTY.
      try check(cl_renameat2(parent.rawValue, temporary, parent.rawValue, place.name, 0), "rename", place.path)
      return true
    } catch {
      try? Directory.removeAll(temporary, at: .descriptor(parent))
      if let error = error as? SystemError, error.errno == .notEmpty || error.errno == .exists { return false }
      throw error
    }
  }

  /// The directory stays if it was there (its own step made it), what was copied goes.
  static func undo(_ path: String, _ record: StepRecord?, _ context: StepContext) throws {
    let place = try context.place(path)
    guard let parent = try place.parent() else { return }
    try Directory.removeAll(".\(place.name).filling", at: .descriptor(parent))
    guard record?.made == true, let there = try place.open([.directory, .noFollow]) else { return }
    for name in try Directory.names(in: there) { try context.discard("\(path)/\(name)") }
  }
}
