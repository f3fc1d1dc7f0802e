import Glibc
import LinuxSystem

/// Where the programs and scripts of this installation are: below its prefix (`lib/moonpool`, `share/moonpool`), or in a
/// checkout beside `bin/`.
struct Installation: Sendable {
  var shim: String
  var plugins: String

  init(_ options: DaemonOptions) throws {
    let program = try OwnedDescriptor.open("/proc/self/exe", [.path, .noFollow]).readLink()
    let directory = program.split(separator: "/").dropLast().joined(separator: "/")
    let prefix = directory.split(separator: "/").dropLast().joined(separator: "/")
    shim =
      try options.shim
      ?? Self.first(
        ["/\(directory)/moonpool-shim", "/\(prefix)/lib/moonpool/moonpool-shim"], "the program moonpool-shim", "--shim")
    plugins =
      try options.shippedPlugins
      ?? Self.first(
        ["/\(prefix)/share/moonpool/plugins", "/\(prefix)/plugins", "/\(directory)/plugins"],
        "the directory with the shipped plugins", "--shipped-plugins")
  }

  private static func first(_ candidates: [String], _ what: String, _ flag: String) throws(OptionError) -> String {
    for candidate in candidates where FileStatus.exists(candidate) { return candidate }
    throw OptionError(
      "\(what) is missing; looked for \(candidates.joined(separator: ", ")); say where it is with \(flag)")
  }
}

/// One daemon per data root: a lock that ends with the process.
struct InstanceLock: ~Copyable {
  private let file: OwnedDescriptor

  init(dataRoot: String) throws {
    try Directory.makeAll(dataRoot, mode: 0o711)
    let opened = try OwnedDescriptor.open("\(dataRoot)/lock", [.readWrite, .create], mode: 0o600)
    guard Self.lock(opened.rawValue) else {
      throw OptionError("another daemon is using the data root \(dataRoot); give this one its own --data-root")
    }
    file = opened
  }

  /// Whether the lock was got. A daemon that was just killed holds it until the kernel has taken the process apart, so it
  /// is asked for during three seconds.
  private static func lock(_ descriptor: Int32) -> Bool {
    for _ in 0..<60 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
      poll(nil, 0, 50)
    }
    return false
  }
}

/// The daemon's pid, for those who signal it. A file left by a daemon that is gone is replaced.
struct PIDFile: Sendable {
  let path: String

  init(_ path: String) throws {
    self.path = path
    // A process that has ended and waits for its parent has no command line any more.
    if let text = try? File.readText(path), let pid = Int32(text.prefix { $0 != "\n" }), pid != getpid(),
      let command = try? File.readText("/proc/\(pid)/cmdline"), command.contains("moonpoold")
    {
      throw OptionError(
        "process with PID \(pid) is still running: \(path) is its pid file; give this daemon its own --pidfile")
    }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try Directory.makeAll(String(path[..<slash])) }
    try File.replace(path, with: Array("\(getpid())\n".utf8), mode: 0o644)
  }

  func remove() { try? Directory.removeAll(path) }
}
