import CLinux

/// Paths inside a directory that somebody else controls: resolved by the kernel as if the directory were the root
/// (openat2(2), RESOLVE_IN_ROOT), so that `..` and symbolic links cannot lead out, not even while they are being
/// swapped (CVE-2021-30465, CVE-2025-52881). Never by string.
public struct SafePath: ~Copyable, Sendable {
  public let root: OwnedDescriptor

  /// The directory that is the root of all paths given later.
  public init(root: consuming OwnedDescriptor) { self.root = root }
  public init(rootPath: String) throws(SystemError) {
    root = try OwnedDescriptor.open(rootPath, [.path, .directory])
  }

  static let resolveInRoot = UInt64(CL_RESOLVE_IN_ROOT) | UInt64(CL_RESOLVE_NO_MAGICLINKS)

  /// Opens a path below the root. `ENOENT` when absent.
  public borrowing func open(
    _ path: String, _ flags: OpenFlags = .path, mode: UInt32 = 0
  ) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(
      owning: try check(
        cl_openat2(
          root.rawValue, path, UInt64(UInt32(bitPattern: flags.rawValue)) | UInt64(CL_O_CLOEXEC), UInt64(mode),
          Self.resolveInRoot), "open", path))
  }

  /// Opens a directory below the root (`O_PATH`), making it and its missing parents.
  public borrowing func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws(SystemError) -> OwnedDescriptor {
    do { return try open(path, [.path, .directory]) } catch {
      guard error.errno == .noEntry else { throw error }
    }
    // Every component is opened by the kernel relative to the *root*, so links in the middle stay inside it; only the
    // last, absent component is made, in a directory held by descriptor.
    var done = ""
    var current = try open(".", [.path, .directory])
    for component in path.split(separator: "/") where component != "." {
      done += "/" + component
      do { current = try open(done, [.path, .directory]) } catch {
        guard error.errno == .noEntry else { throw error }
        let result = cl_mkdirat(current.rawValue, String(component), mode)
        if result < 0 && result != -Errno.exists.rawValue { try check(result, "mkdir", done) }
        // EEXIST with ENOENT before: a dangling link; following it in the root says ENOENT again and ends here.
        current = try open(done, [.path, .directory])
      }
    }
    return current
  }

  /// Opens a file below the root (`O_PATH`), making an empty one (and its parents) when nothing is there.
  public borrowing func makeFile(_ path: String, mode: UInt32 = 0o644) throws(SystemError) -> OwnedDescriptor {
    do { return try open(path) } catch {
      guard error.errno == .noEntry else { throw error }
    }
    let (parent, name) = Self.split(path)
    let directory = try makeDirectory(parent)
    let made = cl_openat2(
      directory.rawValue, name,
      UInt64(UInt32(bitPattern: (OpenFlags([.create, .exclusive, .writeOnly, .noFollow])).rawValue))
        | UInt64(CL_O_CLOEXEC), UInt64(mode), Self.resolveInRoot)
    if made >= 0 { _ = cl_close(made) } else if made != -Errno.exists.rawValue { try check(made, "create", path) }
    return try open(path)
  }

  /// Parent and last component: `"/a/b/"` → `("/a", "b")`.
  public static func split(_ path: String) -> (parent: String, name: String) {
    let components = path.split(separator: "/").filter { $0 != "." }
    guard let last = components.last else { return ("/", ".") }
    return ("/" + components.dropLast().joined(separator: "/"), String(last))
  }

  /// Path cleaned lexically: absolute, without `.`, `..`, doubled or trailing slashes.
  public static func clean(_ path: String) -> String {
    var parts: [Substring] = []
    for component in path.split(separator: "/") {
      switch component {
      case ".": continue
      case "..": _ = parts.popLast()
      default: parts.append(component)
      }
    }
    return "/" + parts.joined(separator: "/")
  }
}
