internal import CSeccomp
internal import LinuxSystem

/// What the conditions of a profile's rules refer to: the machine and the container's capabilities.
public struct SeccompHost: Sendable, Hashable {
  /// Go's name, as profiles write it: `amd64`, `arm64`, `riscv64`.
  public var architecture: String
  /// The kernel's release: major and minor number.
  public var kernel: KernelVersion

  public init(architecture: String, kernel: KernelVersion) {
    self.architecture = architecture
    self.kernel = kernel
  }

  /// This machine.
  public static let current = SeccompHost(
    architecture: Self.nativeArchitecture,
    kernel: KernelVersion((try? File.readText("/proc/sys/kernel/osrelease")) ?? "")
      ?? KernelVersion(major: 5, minor: 15))

  #if arch(x86_64)
    private static let nativeArchitecture = "amd64"
  #elseif arch(arm64)
    private static let nativeArchitecture = "arm64"
  #elseif arch(s390x)
    private static let nativeArchitecture = "s390x"
  #elseif arch(powerpc64le)
    private static let nativeArchitecture = "ppc64le"
  #else
    private static let nativeArchitecture = "riscv64"
  #endif

  /// libseccomp's name of `architecture`.
  var token: String? {
    [
      "amd64": "SCMP_ARCH_X86_64", "386": "SCMP_ARCH_X86", "arm64": "SCMP_ARCH_AARCH64", "arm": "SCMP_ARCH_ARM",
      "ppc64le": "SCMP_ARCH_PPC64LE", "s390x": "SCMP_ARCH_S390X", "riscv64": "SCMP_ARCH_RISCV64",
    ][architecture]
  }
}

public struct KernelVersion: Sendable, Hashable, Comparable {
  public var major: Int
  public var minor: Int

  public init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// From a release ("6.1.0-31-amd64") or a profile's `minKernel` ("4.8").
  public init?(_ text: String) {
    let parts = text.split(separator: ".", maxSplits: 2)
    guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1].prefix { $0.isNumber }) else {
      return nil
    }
    self.init(major: major, minor: minor)
  }

  public static func < (left: KernelVersion, right: KernelVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
