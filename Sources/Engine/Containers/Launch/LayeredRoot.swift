import LinuxSystem

/// Reads files of a container's root without mounting it: its own layer first, then the image's from the top, with
/// overlayfs's rules for what is deleted and what hides what is below.
struct LayeredRoot: Sendable {
  /// Directories, topmost first.
  let layers: [String]
  private static let linkLimit = 40

  /// The content of a regular file, or nil where the root has none of that name. Symlinks are followed inside the root;
  /// every component is opened by descriptor, never through a link of the host.
  func read(_ path: String, limit: Int = 4 << 20) throws(SystemError) -> [UInt8]? {
    var links = 0
    var pending = components(path)
    var resolved: [String] = []
    while !pending.isEmpty {
      let name = pending.removeFirst()
      if name == ".." {
        _ = resolved.popLast()
        continue
      }
      switch try entry(resolved + [name]) {
      case .absent: return nil
      case .link(let target):
        links += 1
        guard links <= Self.linkLimit else {
          throw SystemError(operation: "resolve", errno: Errno(40), path: path)
        }
        if target.hasPrefix("/") { resolved = [] }
        pending = components(target) + pending
      case .directory:
        resolved.append(name)
      case .file(let layer):
        guard pending.isEmpty else { return nil }
        let root = try SafePath(rootPath: layer)
        return try root.open((resolved + [name]).joined(separator: "/"), [.readOnly, .nonBlocking, .noFollow])
          .readToEnd(limit: limit)
      }
    }
    return nil
  }

  private enum Entry {
    case absent, directory
    case link(String)
    case file(layer: String)
  }

  private func components(_ path: String) -> [String] {
    path.split(separator: "/").map(String.init).filter { $0 != "." }
  }

  /// What stands at a path without links in it, as the merged view shows it.
  private func entry(_ path: [String]) throws(SystemError) -> Entry {
    for layer in layers {
      let root: SafePath
      do { root = try SafePath(rootPath: layer) } catch { continue }
      switch try lookUp(path, in: root) {
      case .found(let status, let descriptor):
        switch status.kind {
        case .directory: return .directory
        case .symbolicLink: return .link(try descriptor.readLink())
        case .regular: return .file(layer: layer)
        default: return .absent
        }
      case .hidden: return .absent
      case .notHere: continue
      }
    }
    return .absent
  }

  private enum Found: ~Copyable {
    case found(FileStatus, OwnedDescriptor)
    /// A whiteout or something that is no directory hides the layers below.
    case hidden
    case notHere
  }

  private func lookUp(_ path: [String], in root: borrowing SafePath) throws(SystemError) -> Found {
    for depth in 1...path.count {
      let descriptor: OwnedDescriptor
      do {
        descriptor = try root.open(path[..<depth].joined(separator: "/"), [.path, .noFollow])
      } catch {
        guard error.errno == .noEntry || error.errno == .notDirectory else { throw error }
        return try isOpaque(path[..<(depth - 1)], in: root) ? .hidden : .notHere
      }
      let status = try descriptor.status()
      if status.kind == .characterDevice && status.specialDevice == 0 { return .hidden }
      if depth == path.count { return .found(status, descriptor) }
      if !status.isDirectory { return .hidden }
    }
    return .notHere
  }

  private func isOpaque(_ path: ArraySlice<String>, in root: borrowing SafePath) throws(SystemError) -> Bool {
    for depth in path.indices {
      let part = path[...depth].joined(separator: "/")
      guard let directory = try? root.open(part, [.readOnly, .directory, .noFollow]) else { continue }
      if directory.extendedAttribute("trusted.overlay.opaque") == [UInt8(ascii: "y")] { return true }
    }
    return false
  }
}
