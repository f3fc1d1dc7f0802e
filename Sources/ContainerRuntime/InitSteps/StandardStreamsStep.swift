import CLinux
import LinuxSystem

/// The program's standard streams.
enum StandardStreamsStep {
  static func apply(_ streams: ChildStreams) throws(SystemError) {
    // A source may itself be 0, 1 or 2, and another's target: all move out of the way first.
    var moved: [Int32] = []
    for source in streams.all { moved.append(try check(cl_dup_above(source, 10), "duplicate standard stream")) }
    for (target, source) in moved.enumerated() { try check(cl_dup3(source, Int32(target), 0), "dup") }
    for source in moved { _ = cl_close(source) }
  }

  /// Lets the program's user reopen its streams (`/dev/stdout`, /proc/self/fd/1): pipes and terminals belong to the
  /// creator's user otherwise. Devices and files of the host (/dev/null) are never given away.
  static func giveTo(_ uid: UInt32) throws(SystemError) {
    guard uid != 0 else { return }
    for descriptor: Int32 in 0...2 {
      var raw = cl_stat()
      try check(cl_fstatat(descriptor, "", Int32(CL_AT_EMPTY_PATH), &raw), "stat standard stream")
      let kind = raw.mode & 0o170000
      guard raw.uid != uid, kind == 0o010000 || (kind == 0o020000 && cl_isatty(descriptor)) else { continue }
      // A pipe that does not allow it is still usable as it is.
      _ = cl_fchownat(descriptor, "", uid, raw.gid, Int32(CL_AT_EMPTY_PATH))
    }
  }
}
