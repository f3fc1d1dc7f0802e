import CLinux
import LinuxSystem

/// A pseudo terminal of the container's own devpts: its name means the same inside, and it ends with the container.
enum Console {
  private static let devptsMagic: Int64 = 0x1cd1

  /// Opens the terminal, makes it the controlling one and standard input, output and error; answers the master.
  ///
  /// Everything by descriptor, the other end by TIOCGPTPEER: /dev/pts/N or /dev/console swapped for a link would
  /// otherwise be mounted over (CVE-2025-52565).
  /// - Parameter bindsConsole: also shows the terminal at /dev/console (a container's first process only).
  static func open(
    in root: borrowing SafePath, size: (width: UInt16, height: UInt16), owner: UInt32, bindsConsole: Bool
  ) throws -> OwnedDescriptor {
    let master = try root.open("/dev/pts/ptmx", [.readWrite, .noControllingTerminal])
    guard try master.fileSystemStatus().type == devptsMagic else {
      throw RuntimeError(
        .invalidConfiguration, step: "terminal", "/dev/pts is not a devpts mount: a terminal needs one in mounts")
    }
    let slave = OwnedDescriptor(owning: try check(cl_pty_peer(master.rawValue), "open terminal"))
    if size.width > 0 || size.height > 0 {
      try check(cl_set_window_size(master.rawValue, size.height, size.width), "set terminal size")
    }
    if bindsConsole {
      let place = try root.makeFile("/dev/console")
      try FileSystemMount.attach(try FileSystemMount.clone(slave.rawValue), on: place, "/dev/console")
    }
    for target: Int32 in 0...2 { try check(cl_dup3(slave.rawValue, target, 0), "dup") }
    // The session was made at the beginning and has no terminal yet.
    try check(cl_set_controlling_terminal(0), "set controlling terminal")
    return master
  }
}
