import CLinux
import LinuxSystem

/// A path of a plan, held by its root: components are opened one by one from the root's descriptor and never through a
/// symbolic link, so that nothing inside a volume can lead a step astray.
final class PathPlace {
  let path: String
  private let root: OwnedDescriptor
  private let components: [String]

  /// Refuses a path that lies under none of the roots, or is one of them.
  init(_ path: String, roots: [String]) throws {
    let (candidate, rest) = try Self.split(path, roots)
    self.path = path
    components = rest
    root = try OwnedDescriptor.open(candidate, [.path, .directory])
  }

  private static func split(_ path: String, _ roots: [String]) throws(PlanFailure) -> (String, [String]) {
    let all = path.split(separator: "/").map(String.init)
    for candidate in roots {
      let prefix = candidate.split(separator: "/").map(String.init)
      guard all.count > prefix.count, Array(all.prefix(prefix.count)) == prefix else { continue }
      return (candidate, Array(all.dropFirst(prefix.count)))
    }
    throw PlanFailure(
      .invalid,
      roots.isEmpty
        ? "\(path) is outside of what this plan may touch"
        : "\(path) does not lie under \(roots.joined(separator: " or "))")
  }

  var name: String { components[components.count - 1] }

  /// The directory that holds the last component; nil when a part of the way is missing.
  func parent() throws -> OwnedDescriptor? {
    var current = try root.duplicate()
    for component in components.dropLast() {
      do throws(SystemError) {
        current = try .open(component, [.path, .directory, .noFollow], at: .descriptor(current))
      } catch {
        if error.errno == .noEntry { return nil }
        throw error
      }
    }
    return current
  }

  /// The thing itself (`O_PATH`, a link is not followed); nil when it is missing.
  func open(_ flags: OpenFlags = [.path, .noFollow]) throws -> OwnedDescriptor? {
    guard let parent = try parent() else { return nil }
    do throws(SystemError) {
      return try .open(name, flags, at: .descriptor(parent))
    } catch {
      if error.errno == .noEntry { return nil }
      throw error
    }
  }

  func exists() throws -> Bool {
    guard let opened = try open() else { return false }
    return opened.rawValue >= 0
  }

  /// Makes the missing directories on the way to the parent.
  /// - Returns: the parent, and how many components of the path were there before.
  func makeParent(mark: OwnerMark) throws -> MadeParent {
    var current = try root.duplicate()
    var existing = 0
    for component in components.dropLast() {
      let result = cl_mkdirat(current.rawValue, component, 0o755)
      if result == -Errno.exists.rawValue {
        existing += 1
      } else {
        try check(result, "mkdir", path)
      }
      let next = try OwnedDescriptor.open(component, [.path, .directory, .noFollow], at: .descriptor(current))
      if result >= 0 { mark.put(on: component, in: current) }
      current = next
    }
    return MadeParent(directory: current, topmost: existing < components.count - 1 ? prefix(existing + 1) : nil)
  }

  struct MadeParent: ~Copyable {
    let directory: OwnedDescriptor
    /// The path of the first directory that was made; nil when all were there.
    let topmost: String?
  }

  private func prefix(_ count: Int) -> String {
    let all = path.split(separator: "/")
    return "/" + all.prefix(all.count - components.count + count).joined(separator: "/")
  }

  /// The paths from the topmost below the root down to this one.
  var ways: [String] {
    var ways: [String] = []
    for count in 1...components.count { ways.append(prefix(count)) }
    return ways
  }
}

extension OwnerMark {
  static let attribute = "trusted.moonpool.owner"

  /// Writes the mark as an extended attribute; a file system without them goes unmarked.
  func put(on name: String, in directory: borrowing OwnedDescriptor) {
    let text = description
    _ = cl_lsetxattr("\(directory.procPath)/\(name)", Self.attribute, text, text.utf8.count)
  }

  /// The mark of a file.
  static func read(_ name: String, in directory: borrowing OwnedDescriptor) -> OwnerMark? {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = cl_lgetxattr("\(directory.procPath)/\(name)", Self.attribute, &buffer, buffer.count)
    return count > 0 ? OwnerMark(String(decoding: buffer.prefix(Int(count)), as: UTF8.self)) : nil
  }
}
