import Glibc
import LinuxSystem

/// What does not change while the daemon runs.
enum HostFacts {
  static let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// Bytes.
  static let memory = Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))

  static let capabilities: [String] = {
    let last = Capabilities.last()
    return CapabilitySet.named.names.filter { name in
      CapabilitySet(name: name).map { $0.bits.allSatisfy { $0 <= last } } ?? false
    }
  }()

  static let hostName: String = {
    var buffer = [CChar](repeating: 0, count: 256)
    gethostname(&buffer, buffer.count - 1)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()
}
