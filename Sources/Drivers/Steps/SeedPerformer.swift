import JSON
import LinuxSystem
import Plans

extension SeedStep: StepPerformer {
  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    guard let image = context.sites.image else {
      throw PlanFailure(.invalid, "there is no image to take the content from")
    }
    let place = try context.place(try path.get())
    if let there = try place.open([.directory, .noFollow]), try !Directory.names(in: there).isEmpty {
      return StepRecord(made: false)
    }
    let from = try from.get()
    let path = try path.get()
    var made = false
    try image.withRoot { root in made = try Self.fill(path, from, of: root, context) }
    return StepRecord(made: made)
  }

  private static func fill(_ path: String, _ from: String, of root: Int32, _ context: StepContext) throws -> Bool {
    guard let source = try directory(from, in: root) else { return false }
    return try TreeFilling(try context.place(path), context).fill(from: source)
  }

  /// The directory in the image; nil where it has nothing there, or no directory.
  private static func directory(_ path: String, in root: Int32) throws(SystemError) -> OwnedDescriptor? {
    let tree = SafePath(
      root: try OwnedDescriptor.open(".", [.path, .directory], at: DirectoryReference(rawValue: root)))
    do throws(SystemError) {
      return try tree.open(path, [.directory])
    } catch {
      if error.errno == .noEntry || error.errno == .notDirectory { return nil }
      throw error
    }
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    try TreeFilling.undo(try path.get(), record, context)
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    try context.place(try path.get()).exists() ? .equal : .missing
  }
}
