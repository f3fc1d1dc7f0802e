import CLinux
import Glibc

/// A program file that nothing can write to, however it is reached.
///
/// A process inside a container that is (for an instant) the runtime's own program can be opened through /proc/PID/exe
/// and overwritten: the host's binary, as root (CVE-2019-5736). Executed from here, that path leads into an overlay
/// without an upper layer, mounted nowhere, or into a sealed memfd: read-only for good, whatever capabilities are held.
public enum SealedProgram {
  private static let marker = "_MOONPOOL_SEALED"

  /// Opens `path` so that executing the result (`/proc/self/fd/N`, execveat) runs a sealed copy. No bytes are copied where
  /// overlayfs is allowed; costs about 0.1 ms, once for any number of executions.
  public static func open(_ path: String) throws(SystemError) -> OwnedDescriptor {
    if let sealed = try? overlay(path) { return sealed }
    let file = try MemoryFile.create("moonpool")
    try file.writeAll(try File.read(path))
    try check(cl_fchmod(file.rawValue, 0o755), "chmod", path)
    try check(cl_fcntl(file.rawValue, Int32(CL_F_ADD_SEALS), Int(CL_SEAL_ALL)), "seal", path)
    // Executing a file that is open for writing is ETXTBSY.
    return try OwnedDescriptor.open(file.procPath)
  }

  /// Whether this process runs from a sealed file.
  public static func isRunning() -> Bool {
    guard let program = try? OwnedDescriptor.open("/proc/self/exe"), let status = try? program.fileSystemStatus() else {
      return false
    }
    if status.isOverlay, status.flags & 1 != 0 { return true }
    return cl_fcntl(program.rawValue, Int32(CL_F_GET_SEALS), 0) & Int32(CL_SEAL_ALL) == Int32(CL_SEAL_ALL)
  }

  /// Executes the running program again from a sealed file, with the same arguments and environment; returns when it
  /// already runs from one. To be called first in main, while there is one thread.
  public static func reexecute(arguments: [String], environment: [String]) throws(SystemError) {
    if isRunning() { return }
    if environment.contains("\(marker)=1") {
      throw SystemError(operation: "seal the running program", errno: .notPermitted, path: "/proc/self/exe")
    }
    let program = try open(try programPath())
    let argv = CStringArray(arguments)
    let envp = CStringArray(environment + ["\(marker)=1"])
    let result = cl_execveat(program.rawValue, "", argv.pointer, envp.pointer, Int32(CL_AT_EMPTY_PATH))
    try check(result, "execute sealed program")
  }

  /// The same with the environment this process was started with.
  public static func reexecute(arguments: [String]) throws(SystemError) {
    if isRunning() { return }
    var environment: [String] = []
    var next = environ
    while let entry = next.pointee {
      environment.append(String(cString: entry))
      next += 1
    }
    try reexecute(arguments: arguments, environment: environment)
  }

  private static func programPath() throws(SystemError) -> String {
    try OwnedDescriptor.readLink("/proc/self/exe")
  }

  private static func overlay(_ path: String) throws(SystemError) -> OwnedDescriptor {
    let (directory, name) = SafePath.split(path)
    guard !directory.contains(where: { $0 == ":" || $0 == "," || $0 == "\\" }) else {
      throw SystemError(operation: "overlay", errno: .invalid, path: path)
    }
    // Without an upper layer the kernel wants two lower ones. /dev is a directory of a file system of its own on every
    // machine; a detached tmpfs would be nicer, but is refused before Linux 6.15.
    let mount = try instance("overlay", [("source", "moonpool"), ("lowerdir", "\(directory):/dev")])
    return try OwnedDescriptor.open(name, .path, at: .descriptor(mount))
  }

  private static func instance(
    _ type: String, _ options: [(key: String, value: String)]
  ) throws(SystemError) -> OwnedDescriptor {
    let context = OwnedDescriptor(owning: try check(cl_fsopen(type, UInt32(CL_FSOPEN_CLOEXEC)), "fsopen", type))
    for option in options {
      try check(
        cl_fsconfig(context.rawValue, UInt32(CL_FSCONFIG_SET_STRING), option.key, option.value, 0), "fsconfig",
        option.key)
    }
    try check(cl_fsconfig(context.rawValue, UInt32(CL_FSCONFIG_CMD_CREATE), nil, nil, 0), "fsconfig", type)
    let attributes = UInt32(CL_MOUNT_ATTR_RDONLY | CL_MOUNT_ATTR_NODEV | CL_MOUNT_ATTR_NOSUID)
    return OwnedDescriptor(
      owning: try check(cl_fsmount(context.rawValue, UInt32(CL_FSMOUNT_CLOEXEC), attributes), "fsmount", type))
  }
}

extension OwnedDescriptor {
  /// The target of the symbolic link at `path`.
  public static func readLink(
    _ path: String, at directory: DirectoryReference = .current
  ) throws(SystemError) -> String {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      let length = buffer.withMemoryRebound(to: CChar.self) {
        cl_readlinkat(directory.rawValue, path, $0.baseAddress, 4096)
      }
      if length < 0 { failure = length } else { count = Int(length) }
    }
    try check(failure, "readlink", path)
    return String(decoding: bytes, as: UTF8.self)
  }
}
