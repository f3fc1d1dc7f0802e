import CLinux
import LinuxSystem

/// The compiled system call filter. As late as possible: every call after it must be allowed by the profile.
enum SeccompFilter {
  static func install(_ program: [UInt8]?, flags: UInt32) throws(SystemError) {
    guard let program, !program.isEmpty else { return }
    let result = program.withUnsafeBytes { cl_seccomp_install(flags, $0.baseAddress, $0.count) }
    try check(result, "install seccomp filter")
  }
}
