import CLinux
import Drivers
import Glibc
import LinuxSystem

/// The layers of an image as one tree, for whoever copies out of it.
///
/// With more than one layer the kernel's own overlayfs merges them, mounted in a mount namespace that only one thread of
/// the daemon is in and that ends with it: the host's mount table never shows it.
struct MergedLayers: ImageTree {
  /// Topmost first.
  let layers: [String]
  /// An empty directory to mount on, in that namespace.
  let mountPoint: String

  func withRoot(_ body: (Int32) throws -> Void) throws {
    guard let first = layers.first else { return }
    if layers.count == 1 {
      let root = try OwnedDescriptor.open(first, [.path, .directory])
      return try body(root.rawValue)
    }
    try withoutActuallyEscaping(body) { body in try run(body) }
  }

  private final class Work {
    let layers: [String]
    let mountPoint: String
    let body: (Int32) throws -> Void
    /// CLONE_NEWNS
    private static let mountNamespace: Int32 = 0x0002_0000
    var outcome: Result<Void, any Error> = .success(())

    init(layers: [String], mountPoint: String, body: @escaping (Int32) throws -> Void) {
      self.layers = layers
      self.mountPoint = mountPoint
      self.body = body
    }

    func perform() {
      do {
        try check(cl_unshare(Self.mountNamespace), "unshare")
        try check(cl_mount("none", "/", nil, UInt(MS_REC | MS_SLAVE), nil), "mount /")
        try mountLayers()
        let root = try OwnedDescriptor.open(mountPoint, [.path, .directory])
        try body(root.rawValue)
      } catch {
        outcome = .failure(error)
      }
    }

    /// mount(2) takes a page of options: names are short, relative to the layers' common directory.
    private func mountLayers() throws {
      let common = layers[0].split(separator: "/").dropLast(2).joined(separator: "/")
      let prefix = "/\(common)/"
      let names = layers.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
      guard chdir(prefix) == 0 else { throw failed("chdir \(prefix)") }
      let options = "lowerdir=" + names.joined(separator: ":")
      try check(
        cl_mount("overlay", mountPoint, "overlay", UInt(MS_RDONLY | MS_NODEV | MS_NOSUID), options), "mount overlay")
    }

    private func failed(_ operation: String) -> SystemError { SystemError(operation: operation, errno: Errno(errno)) }
  }

  private func run(_ body: @escaping (Int32) throws -> Void) throws {
    let work = Work(layers: layers, mountPoint: mountPoint, body: body)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(work)
    let created = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeUnretainedValue().perform() }
        return nil
      }, context.toOpaque())
    guard created == 0 else {
      context.release()
      throw SystemError(operation: "pthread_create", errno: Errno(created))
    }
    pthread_join(thread, nil)
    context.release()
    try work.outcome.get()
  }
}
