import CLinux

/// The old mount interface (mount(2)): what the newer one does not cover.
public enum Mount {
  /// Flags of mount(2).
  public struct Flags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let readOnly = Flags(rawValue: 1)
    public static let noSetUserID = Flags(rawValue: 2)
    public static let noDevices = Flags(rawValue: 4)
    public static let noExecute = Flags(rawValue: 8)
    public static let synchronous = Flags(rawValue: 16)
    public static let remount = Flags(rawValue: 32)
    public static let mandatoryLocks = Flags(rawValue: 64)
    public static let directorySync = Flags(rawValue: 128)
    public static let noSymlinkFollow = Flags(rawValue: 256)
    public static let noAccessTime = Flags(rawValue: 1024)
    public static let noDirectoryAccessTime = Flags(rawValue: 2048)
    public static let bind = Flags(rawValue: 4096)
    public static let move = Flags(rawValue: 8192)
    public static let recursive = Flags(rawValue: 16384)
    public static let silent = Flags(rawValue: 32768)
    public static let unbindable = Flags(rawValue: 1 << 17)
    public static let `private` = Flags(rawValue: 1 << 18)
    public static let slave = Flags(rawValue: 1 << 19)
    public static let shared = Flags(rawValue: 1 << 20)
    public static let relativeAccessTime = Flags(rawValue: 1 << 21)
    public static let iVersion = Flags(rawValue: 1 << 23)
    public static let strictAccessTime = Flags(rawValue: 1 << 24)
    public static let lazyTime = Flags(rawValue: 1 << 25)

    public static let propagation: Flags = [.unbindable, .private, .slave, .shared]
  }

  public static func mount(
    _ source: String?, on target: String, type: String? = nil, _ flags: Flags = [], data: String? = nil
  ) throws(SystemError) {
    try check(cl_mount(source, target, type, flags.rawValue, data), "mount \(type ?? source ?? "")", target)
  }

  /// Unmounts; `detach` takes it out of the tree at once and lets go when it is no longer used.
  public static func unmount(_ target: String, detach: Bool = false, noFollow: Bool = true) throws(SystemError) {
    try check(cl_umount2(target, (detach ? 2 : 0) | (noFollow ? 8 : 0)), "umount", target)
  }
}
