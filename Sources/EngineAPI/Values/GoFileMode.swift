/// Go's `os.FileMode`, which ``PathStat`` carries: permission bits as in Unix, the kind of file in high bits.
public enum GoFileMode {
  public static func bits(unixMode mode: UInt32) -> UInt32 {
    var bits = mode & 0o777
    switch mode & 0o170000 {
    case 0o040000: bits |= 1 << 31
    case 0o120000: bits |= 1 << 27
    case 0o060000: bits |= 1 << 26
    case 0o020000: bits |= 1 << 26 | 1 << 21
    case 0o010000: bits |= 1 << 25
    case 0o140000: bits |= 1 << 24
    default: break
    }
    if mode & 0o4000 != 0 { bits |= 1 << 23 }
    if mode & 0o2000 != 0 { bits |= 1 << 22 }
    if mode & 0o1000 != 0 { bits |= 1 << 20 }
    return bits
  }

  /// Whether the bits are a directory's.
  public static func isDirectory(_ bits: UInt32) -> Bool { bits & 1 << 31 != 0 }

  /// Whether the bits are a symbolic link's.
  public static func isSymbolicLink(_ bits: UInt32) -> Bool { bits & 1 << 27 != 0 }
}
