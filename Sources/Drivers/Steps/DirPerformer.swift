import CLinux
import JSON
import LinuxSystem
import Plans

extension DirStep: StepPerformer {
  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let place = try context.place(try path.get())
    let parent = try place.makeParent(mark: context.mark)
    var topmost = parent.topmost
    let result = cl_mkdirat(parent.directory.rawValue, place.name, 0o700)
    if result == -Errno.exists.rawValue {
      let there = try FileStatus.of(place.name, follow: false, at: .descriptor(parent.directory))
      guard there.isDirectory else { throw PlanFailure(.conflict, "something that is no directory is there") }
      let ours = topmost != nil || OwnerMark.read(place.name, in: parent.directory) == context.mark
      return record(made: ours, topmost: topmost ?? (ours ? place.path : nil))
    }
    try check(result, "mkdir", place.path)
    if topmost == nil {
      topmost = place.path
      context.mark.put(on: place.name, in: parent.directory)
    }
    if let owner {
      try check(
        cl_fchownat(
          parent.directory.rawValue, place.name, owner.uid, owner.gid, Int32(CL_AT_SYMLINK_NOFOLLOW)),
        "chown", place.path)
    }
    // After chown, which clears the set-user-id bits; by fchmodat, so that the umask has no say.
    try check(cl_fchmodat(parent.directory.rawValue, place.name, mode), "chmod", place.path)
    return record(made: true, topmost: topmost)
  }

  private func record(made: Bool, topmost: String?) -> StepRecord {
    var result: JSONObject = [:]
    if case .value(let path) = path { result["path"] = .string(path) }
    result["topmost"] = topmost.map { .string($0) }
    return StepRecord(made: made, result: result)
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    guard record?.made ?? true else { return }
    let path = try self.path.get()
    if let topmost = record?.result["topmost"]?.stringValue { return try context.discard(topmost) }
    if record != nil { return }
    // The outcome was not written: the topmost directory on the way that carries this key's mark is ours.
    let place = try context.place(path)
    for way in place.ways {
      let step = try context.place(way)
      guard let parent = try step.parent() else { return }
      if OwnerMark.read(step.name, in: parent) == context.mark { return try context.discard(way) }
    }
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    guard let there = try context.place(try path.get()).open() else { return .missing }
    return try there.status().isDirectory ? .equal : .different("it is no directory")
  }
}

extension StepContext {
  /// Moves a path of the plan to the trash; absent is fine.
  func discard(_ path: String) throws {
    let place = try place(path)
    guard let parent = try place.parent() else { return }
    guard let root = sites.roots.first(where: { path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }) else { return }
    try Trash.discard(place.name, in: parent, root: root)
  }
}
