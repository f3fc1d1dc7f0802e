import CLinux
import LinuxSystem
import OCI

/// The five sets of capabilities of a process. What the running kernel does not know, or this process does not have
/// (a nested host), is left out, as runc does: nobody can be given it.
struct CapabilitySets {
  var bounding: CapabilitySet = []
  var effective: CapabilitySet = []
  var permitted: CapabilitySet = []
  var inheritable: CapabilitySet = []
  var ambient: CapabilitySet = []

  init(_ capabilities: RuntimeCapabilities?) {
    guard let capabilities else { return }
    let known = (try? Capabilities.permitted()) ?? []
    bounding = CapabilitySet(names: capabilities.bounding).intersection(known)
    effective = CapabilitySet(names: capabilities.effective).intersection(known)
    permitted = CapabilitySet(names: capabilities.permitted).intersection(known)
    inheritable = CapabilitySet(names: capabilities.inheritable).intersection(known)
    ambient = CapabilitySet(names: capabilities.ambient).intersection(known)
  }
}

/// From root with everything to the program's user with its capabilities. The order is forced: dropping from the
/// bounding set needs CAP_SETPCAP, changing ids CAP_SETUID and CAP_SETGID, both gone afterwards.
enum Credentials {
  static func apply(_ user: UserStep.User, _ capabilities: CapabilitySets) throws(RuntimeError) {
    try step("bounding set") {
      let last = Capabilities.last()
      for bit in 0...last where !capabilities.bounding.contains(CapabilitySet(bit: bit)) {
        try check(cl_prctl(PrctlOption.boundingDrop, UInt(bit), 0, 0, 0), "drop capability \(bit)")
      }
    }
    // Otherwise the change of user clears the permitted set, from which the rest is taken.
    try step("keep capabilities") { try check(cl_prctl(PrctlOption.setKeepCapabilities, 1, 0, 0, 0), "prctl") }
    try step("user") {
      // Groups first: after the user is gone they could not be changed any more.
      try check(cl_setgroups(user.groups.count, user.groups), "setgroups")
      try check(cl_setresgid(user.gid, user.gid, user.gid), "setresgid \(user.gid)")
      try check(cl_setresuid(user.uid, user.uid, user.uid), "setresuid \(user.uid)")
    }
    try step("keep capabilities") { try check(cl_prctl(PrctlOption.setKeepCapabilities, 0, 0, 0, 0), "prctl") }
    try step("capabilities") {
      try check(
        cl_capset(
          capabilities.effective.rawValue, capabilities.permitted.rawValue, capabilities.inheritable.rawValue), "capset"
      )
      try check(
        cl_prctl(PrctlOption.ambient, PrctlOption.ambientClearAll, 0, 0, 0), "clear ambient capabilities")
      for bit in capabilities.ambient.bits {
        try check(
          cl_prctl(PrctlOption.ambient, PrctlOption.ambientRaise, UInt(bit), 0, 0), "raise ambient capability \(bit)")
      }
    }
  }
}
