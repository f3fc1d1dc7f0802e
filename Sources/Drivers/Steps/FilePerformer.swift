import CLinux
import JSON
import LinuxSystem
import Plans

extension FileStep: StepPerformer {
  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let place = try context.place(try path.get())
    if let there = try place.open() {
      let status = try there.status()
      guard status.kind == .regular else { throw PlanFailure(.conflict, "something that is no file is there") }
      guard status.size == Int64(size) else {
        throw PlanFailure(.conflict, "a file of \(status.size) bytes is there, not of \(size)")
      }
      return record(made: false)
    }
    let parent = try place.makeParent(mark: context.mark)
    let file = try OwnedDescriptor.open(
      place.name, [.writeOnly, .create, .exclusive, .noFollow], mode: mode, at: .descriptor(parent.directory))
    context.mark.put(on: place.name, in: parent.directory)
    try check(cl_fchmod(file.rawValue, mode), "chmod", place.path)
    try check(cl_ftruncate(file.rawValue, Int64(size)), "truncate", place.path)
    return record(made: true)
  }

  private func record(made: Bool) -> StepRecord {
    guard case .value(let path) = path else { return StepRecord(made: made) }
    return StepRecord(made: made, result: ["path": .string(path)])
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    let path = try self.path.get()
    let place = try context.place(path)
    guard let parent = try place.parent() else { return }
    let ours = record?.made ?? (OwnerMark.read(place.name, in: parent) == context.mark)
    if ours { try context.discard(path) }
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    guard let there = try context.place(try path.get()).open() else { return .missing }
    let status = try there.status()
    guard status.kind == .regular else { return .different("it is no file") }
    return status.size == Int64(size) ? .equal : .different("it has \(status.size) bytes, not \(size)")
  }
}
