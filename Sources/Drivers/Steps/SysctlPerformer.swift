import JSON
import LinuxSystem
import Plans

extension SysctlStep: StepPerformer {
  /// Below /proc/sys; a key with slashes has those between its parts, another has dots.
  private func path() throws -> String {
    let key = try self.key.get()
    let parts = key.contains("/") ? key.split(separator: "/") : key.split(separator: ".")
    return "/proc/sys/" + parts.joined(separator: "/")
  }

  private static func read(_ path: String) throws(SystemError) -> String {
    var text = try File.readText(path, limit: 4096)[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text).split { $0 == " " || $0 == "\t" }.joined(separator: " ")
  }

  private static func write(_ value: String, _ path: String) throws(SystemError) {
    try OwnedDescriptor.open(path, .writeOnly).writeAll(Array(value.utf8))
  }

  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let path = try path()
    let before: String
    do throws(SystemError) {
      before = try Self.read(path)
    } catch {
      guard error.errno == .noEntry else { throw error }
      throw PlanFailure(.notFound, "the kernel has no setting \(try key.get())")
    }
    if before == value { return StepRecord(made: false) }
    try Self.write(value, path)
    return StepRecord(made: true, result: ["before": .string(before)])
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    guard !keep, let record, record.made, let before = record.result["before"]?.stringValue else { return }
    let path = try path()
    do throws(SystemError) {
      // Somebody else's later choice stands.
      if try Self.read(path) == value { try Self.write(before, path) }
    } catch {
      // Its interface went first.
      if error.errno != .noEntry { throw error }
    }
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    do throws(SystemError) {
      let found = try Self.read(try pathOrEmpty())
      return found == value ? .equal : .different("it is \(found), not \(value)")
    } catch {
      guard error.errno == .noEntry else { throw error }
      return .missing
    }
  }

  private func pathOrEmpty() throws(SystemError) -> String {
    guard let path = try? path() else { throw SystemError(operation: "read setting", errno: .invalid) }
    return path
  }
}
