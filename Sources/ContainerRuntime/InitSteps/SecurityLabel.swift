import LinuxSystem
import OCI

/// The AppArmor or SELinux label that the exec will give. Before no_new_privs, which would freeze the present one;
/// through the host's procfs, so that the write cannot be led elsewhere (CVE-2019-16884, CVE-2025-52881).
enum SecurityLabel {
  static func apply(_ process: RuntimeProcess, proc: Int32) throws {
    if let profile = process.apparmorProfile, !profile.isEmpty, profile != "unconfined" {
      // Only the kernel's module directory says so reliably; a container's /sys is not asked.
      do { try HostHandles.writeProcFile("self/attr/apparmor/exec", "exec " + profile, in: proc) } catch {
        switch error.errno {
        case .noEntry where error.operation == "open", .invalid where error.operation == "open":
          throw RuntimeError(
            .invalidConfiguration, step: "security label",
            "AppArmor profile \"\(profile)\" is asked for, but this kernel has no AppArmor")
        case .noEntry:
          throw RuntimeError(
            .invalidConfiguration, step: "security label", errno: error.errno,
            "AppArmor profile \"\(profile)\" is not loaded")
        default: throw error
        }
      }
    }
    if let label = process.selinuxLabel, !label.isEmpty {
      do { try HostHandles.writeProcFile("self/attr/exec", label, in: proc) } catch {
        throw RuntimeError(
          .invalidConfiguration, step: "security label", errno: error.errno,
          "SELinux label \"\(label)\" cannot be set: \(error.errno)")
      }
    }
  }
}
