/// Instructions put before libseccomp's program (classic BPF over struct seccomp_data).
///
/// A C library asks for a new system call and takes the old one when the kernel says ENOSYS. A filter that says EPERM to
/// every number it has never heard of breaks that (glibc's fchmodat, for one), so a number above all that the
/// profile speaks of gets ENOSYS: as if the kernel were as old as the profile. runc does the same.
struct FilterPrologue {
  /// One architecture of the filter.
  struct Architecture {
    /// AUDIT_ARCH_*.
    var audit: UInt32
    /// The highest number that the profile speaks of.
    var highest: UInt32
  }

  var architectures: [Architecture]
  /// Numbers allowed without condition whose names libseccomp does not know.
  var allowed: [UInt32]
  var unknownAction: UInt32

  /// BPF_RET SECCOMP_RET_ALLOW.
  private static let allow: UInt32 = 0x7FFF_0000
  /// x32 shares x86-64's AUDIT_ARCH and is told apart by this bit of the number.
  private static let x32Bit: UInt32 = 0x4000_0000

  var instructions: [SocketFilter] {
    var code: [SocketFilter] = []
    for architecture in architectures {
      // if arch != this one, to the next; nr in `allowed`: allow; nr above `highest` and not x32: unknown.
      var body: [SocketFilter] = [SocketFilter(0x20, 0, 0, 0)]
      for number in allowed.sorted() {
        body.append(SocketFilter(0x15, 0, 1, number))
        body.append(SocketFilter(0x06, 0, 0, Self.allow))
      }
      let highest = max(architecture.highest, allowed.max() ?? 0)
      body.append(SocketFilter(0x35, 2, 0, Self.x32Bit))
      body.append(SocketFilter(0x25, 0, 1, highest))
      body.append(SocketFilter(0x06, 0, 0, unknownAction))
      code.append(SocketFilter(0x20, 0, 0, 4))
      code.append(SocketFilter(0x15, 0, UInt8(body.count), architecture.audit))
      code += body
    }
    return code
  }
}

/// struct sock_filter.
struct SocketFilter: Hashable {
  var code: UInt16
  var jumpTrue: UInt8
  var jumpFalse: UInt8
  var value: UInt32

  init(_ code: UInt16, _ jumpTrue: UInt8, _ jumpFalse: UInt8, _ value: UInt32) {
    self.code = code
    self.jumpTrue = jumpTrue
    self.jumpFalse = jumpFalse
    self.value = value
  }

  func append(to bytes: inout [UInt8]) {
    withUnsafeBytes(of: code) { bytes.append(contentsOf: $0) }
    bytes.append(jumpTrue)
    bytes.append(jumpFalse)
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }
}
