import EngineAPI

/// `--security-opt`, taken apart: `KEY=VALUE` (or the older `KEY:VALUE`) and `no-new-privileges`.
struct SecurityOptions: Sendable, Hashable {
  enum Seccomp: Sendable, Hashable {
    case standard
    case unconfined
    /// The profile's JSON: the client sends the file's content.
    case profile(String)
  }

  var seccomp: Seccomp = .standard
  var apparmor: String?
  var noNewPrivileges = false
  /// `systempaths=unconfined`: nothing of /proc and /sys is masked.
  var unmasked = false

  init(_ options: [String]) throws(EngineError) {
    for option in options {
      if option == "no-new-privileges" {
        noNewPrivileges = true
        continue
      }
      let separator = option.firstIndex(of: "=") ?? option.firstIndex(of: ":")
      guard let separator else {
        throw EngineError(.invalidArgument, "invalid --security-opt 1: \"\(option)\"")
      }
      let value = String(option[option.index(after: separator)...])
      switch option[..<separator] {
      case "seccomp":
        seccomp = value == "unconfined" ? .unconfined : value == "builtin" ? .standard : .profile(value)
      case "apparmor": apparmor = value
      case "no-new-privileges":
        guard value == "true" || value == "false" else {
          throw EngineError(.invalidArgument, "invalid --security-opt 2: \"\(option)\"")
        }
        noNewPrivileges = value == "true"
      case "systempaths" where value == "unconfined": unmasked = true
      case "label":
        guard value == "disable" else {
          throw EngineError(
            .invalidArgument, "SELinux labels are not available on this host: \"\(option)\"; leave the option out")
        }
      default: throw EngineError(.invalidArgument, "invalid --security-opt 2: \"\(option)\"")
      }
    }
  }
}
