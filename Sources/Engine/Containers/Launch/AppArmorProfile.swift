import LinuxSystem
import Logging

/// The default AppArmor profile, used where the kernel has AppArmor and the administrator has loaded it.
enum AppArmorProfile {
  static let name = "moonpool-default"

  /// The profile's name where it is in the kernel; nil otherwise. Loading needs the profile's binary form, which only
  /// apparmor_parser(8) writes; where it was not loaded containers run unconfined by AppArmor and it is said.
  static func find(logger: Logger) -> String? {
    let enabled = (try? File.readText("/sys/module/apparmor/parameters/enabled"))?.hasPrefix("Y") ?? false
    guard enabled else { return nil }
    let loaded = (try? File.readText("/sys/kernel/security/apparmor/profiles")) ?? ""
    if loaded.split(separator: "\n").contains(where: { $0.hasPrefix(name + " ") }) { return name }
    logger.warning(
      "the AppArmor profile is not loaded: containers run without it",
      metadata: ["profile": "\(name)", "load": "apparmor_parser -Kr /usr/share/moonpool/apparmor/\(name)"])
    return nil
  }
}
